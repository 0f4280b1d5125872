"""`python -m checks`: runs all checks and lists what is wrong by file and line."""

import sys

from checks import circles, hosts, templates, words

findings = [finding for check in (templates, hosts, words, circles) for finding in check.findings()]
for finding in findings:
    print(finding)
print(f"checks: {len(findings)} found" if findings else "checks: all in order")
sys.exit(1 if findings else 0)
