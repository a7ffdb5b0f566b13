# SPDX-License-Identifier: GPL-2.0-only
"""make mutation FILE=... [MUTANTS=30] [SEED=1]

Would the unit tests notice a mistake in FILE? Makes small mistakes in it, one
at a time, and runs the programs of tests/unit/ that reach the line:

    FILE --a mistake--> object --+
                                 +--> libkmemsim.so <-- programs of tests/unit
    the library's other objects -+

FILE is compiled to count its lines first, and each program runs once, to find
which reach a line. Those that take over SLOW seconds aren't asked. A mistake is
killed when a program fails, dies or takes far too long. What is printed are
places to look at, no verdict: a survivor may say the same in other words. Those
that compile to the same code are left out; suites of tests/cli/ aren't run.

The makefile sets BUILD, COMPILE, LINK, LIBS, OBJECTS and PROGRAMS.
"""

import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time

from mistakes import mistakes

SLOW = 10


def limit():
    """What a mistake in a program may take of the host."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (4 << 30, 4 << 30))
    resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))


class Workshop:
    """A library with one file's object exchanged, and programs that use it."""

    def __init__(self, path, folder):
        self.path, self.folder = path, folder
        self.source = f"{folder}/{os.path.basename(path)}"
        self.object = self.source[:-2] + ".o"
        self.others = os.environ["OBJECTS"].split()
        self.others.remove(f"{os.environ['BUILD']}/obj/{path[:-2]}.o")
        self.seconds = {}

    def compile(self, text, *flags):
        """The object's bytes; None when it can't be compiled."""
        with open(self.source, "w", encoding="utf-8") as file:
            file.write(text)
        if subprocess.run(
                [*os.environ["COMPILE"].split(), "-w", "-g0", *flags, "-c",
                 "-iquote", os.path.dirname(self.path), "-o", self.object,
                 self.source], stderr=subprocess.DEVNULL,
                check=False).returncode:
            return None
        with open(self.object, "rb") as file:
            return file.read()

    def link(self, out, *inputs):
        subprocess.run([*os.environ["LINK"].split(), "-o", out, *inputs,
                        *os.environ["LIBS"].split()], check=True)

    def library(self, *flags):
        self.link(f"{self.folder}/libkmemsim.so", "-shared", *flags,
                  self.object, *self.others)

    def fails(self, program, seconds):
        with tempfile.TemporaryDirectory(dir=self.folder) as scratch, \
                subprocess.Popen(
                    [program], stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                    env=dict(os.environ, TMPDIR=scratch,
                             LD_LIBRARY_PATH=self.folder),
                    start_new_session=True, preexec_fn=limit) as process:
            try:
                return process.wait(seconds) != 0
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                return True

    def reached(self, text):
        """{line: the programs that reach it, the quickest first}"""
        lines = {}
        counts = self.object[:-2] + ".gcda"
        self.compile(text, "--coverage")
        self.library("--coverage")
        for name in map(os.path.basename, os.environ["PROGRAMS"].split()):
            program = f"{self.folder}/{name}"
            self.link(program, f"{os.environ['BUILD']}/obj/tests/unit/{name}.o",
                      f"-L{self.folder}", "-lkmemsim", "-lcmocka")
            begin = time.monotonic()
            if self.fails(program, 600):
                sys.exit(f"{name} fails without any mistake")
            self.seconds[program] = time.monotonic() - begin
            if not os.path.exists(counts) or self.seconds[program] > SLOW:
                continue
            told = json.loads(subprocess.run(
                ["gcov", "--json-format", "--stdout", counts],
                stdout=subprocess.PIPE, check=True).stdout)
            os.remove(counts)
            for line in told["files"][0]["lines"]:
                if line["count"]:
                    lines.setdefault(line["line_number"], []).append(program)
        for programs in lines.values():
            programs.sort(key=self.seconds.get)
        return lines

    def fate(self, programs):
        if any(self.fails(program, 20 + 8 * self.seconds[program])
               for program in programs):
            return "killed"
        return "survived" if programs else "not reached"


def main(path):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    tally = {"killed": 0, "survived": 0, "not reached": 0}
    with tempfile.TemporaryDirectory() as folder:
        shop = Workshop(path, folder)
        lines = shop.reached(text)
        same = shop.compile(text)
        chosen = list(mistakes(text))
        random.Random(os.environ.get("SEED", "1")).shuffle(chosen)
        for begin, end, instead in chosen:
            if sum(tally.values()) == int(os.environ.get("MUTANTS", "30")):
                break
            if shop.compile(text[:begin] + instead + text[end:]) in (None, same):
                continue
            shop.library()
            line = text.count("\n", 0, begin) + 1
            fate = shop.fate(lines.get(line, []))
            tally[fate] += 1
            if fate != "killed":
                was = " ".join(text[begin:end].split())
                print(f"{path}:{line}: {fate}: '{was}' -> '{instead}'",
                      flush=True)
    print(", ".join(f"{number} {fate}" for fate, number in tally.items()))


main(os.environ["FILE"])
