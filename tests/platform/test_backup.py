"""A backup on a server that is older than the tools that wrote it."""

from pathlib import Path

from engine.platform import backup

WRITTEN = rb"""\restrict abc
SET statement_timeout = 0;
SET transaction_timeout = 0;
SET client_encoding = 'UTF8';
CREATE TABLE app_1.f_1 (
    id bigint NOT NULL,
    c_2 text COLLATE pg_catalog.pg_c_utf8,
    c_3 text COLLATE pg_catalog."C"
);
COPY app_1.f_1 (id, c_2, c_3) FROM stdin;
1	SET transaction_timeout = 0;	COLLATE pg_catalog.pg_c_utf8
SET transaction_timeout = 0;
\.
ALTER TABLE ONLY app_1.f_1 ADD CONSTRAINT f_1_pkey PRIMARY KEY (id);
"""


def test_what_only_newer_servers_know_is_left_out_and_the_rows_stay(tmp_path: Path) -> None:
    script = tmp_path / "restored.sql"
    script.write_bytes(WRITTEN)
    fitted = backup._fitted(script, tmp_path / "fitted.sql").read_bytes()
    before, _, rows = WRITTEN.partition(b"COPY")
    assert fitted.partition(b"COPY")[2] == rows
    assert fitted.partition(b"COPY")[0] == before.replace(b"SET transaction_timeout = 0;\n", b"").replace(
        b"pg_catalog.pg_c_utf8", b'pg_catalog."C"'
    )
