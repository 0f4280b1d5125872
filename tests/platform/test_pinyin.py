"""Chinese is sorted and found by pinyin without the memory that all of pypinyin takes."""

import subprocess
import sys

from pypinyin.constants import PINYIN_DICT
from pypinyin.contrib.tone_convert import to_normal

from engine.platform import pinyin

SORTING = """
import sys
from engine.records.storage.titles import sort_key
print(sort_key("重庆 绿地"), "pypinyin.phrases_dict" in sys.modules)
"""


def test_each_character_is_read_as_pypinyin_reads_it() -> None:
    assert pinyin.readings() == PINYIN_DICT
    for several in pinyin.readings().values():
        first = several.split(",", 1)[0]
        assert pinyin.without_tone(first) == to_normal(first).replace("ü", "v")


def test_sorting_loads_no_phrases() -> None:
    said = subprocess.run([sys.executable, "-c", SORTING], capture_output=True, text=True, check=True).stdout
    assert said.split() == ["zhong", "qing", "lv", "di", "False"]
