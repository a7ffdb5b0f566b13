# SPDX-License-Identifier: GPL-2.0-only
"""The small mistakes that can be made in a C file; for scripts/mutation.py.

Within functions: a comparison, an operator, a word or a number is another, a
condition always or never holds, a call or an assignment is not there. Found by
the file's words alone, so that some do not compile.
"""

import re

TOKEN = re.compile(
    r"""/\*.*?\*/|//[^\n]*|^[ \t]*\#(?:[^\n]*\\\n)*[^\n]*|"(?:\\.|[^"\\])*"
    |'(?:\\.|[^'\\])*'|[A-Za-z_]\w*|\d[\w.]*|<<=|>>=|->|\+\+|--|<<|>>|[<>=!]=
    |&&|\|\||[-+*/%&|^]=|\S""", re.S | re.M | re.X)
SWAPS = dict(pair.split() for pair in (
    "< <=,<= <,> >=,>= >,== !=,!= ==,+= -=,-= +=,++ --,-- ++,<< >>,>> <<,&= =,"
    "|= =,| &,&& ||,|| &&,true false,false true,continue break").split(","))
NO_OPERAND = ("return", "case", "else")
NO_CALL = ("if", "while", "for", "switch", "return", "sizeof")
CHECKS = ("BUG", "BUG_ON", "_Static_assert")  # guard against our own mistakes


def closing(tokens, i):
    """The index of what closes the bracket at i."""
    depth = 0
    while True:
        depth += (tokens[i][0] in "([{") - (tokens[i][0] in ")]}")
        if not depth:
            return i
        i += 1


def statement_end(tokens, i):
    """The index of the semicolon of a call or assignment at i, or None."""
    if tokens[i][0] in NO_CALL or not re.match(
            r"\w+ (\(|\[|\.|->|\+\+|--|([-+*/%&|^]|<<|>>)?=)$",
            f"{tokens[i][0]} {tokens[i + 1][0]}"):
        return None
    while tokens[i][0] != ";":
        if tokens[i][0] in ")]}":
            return None
        i = closing(tokens, i) + 1
    return i


def mistakes_at(text, tokens, i):
    """(offset, end, what is put there instead) of mistakes at token i."""
    before, word = tokens[i - 1][0], tokens[i][0]
    begin, end = tokens[i][1], tokens[i][1] + len(word)
    if word in SWAPS:
        yield begin, end, SWAPS[word]
    elif word in "+-" and re.match(r"[\w)\]]", before) and \
            before not in NO_OPERAND:
        yield begin, end, "-" if word == "+" else "+"
    elif word == "!":
        yield begin, end, ""
    elif re.fullmatch(r"\d+[uUlL]*", word):
        digits = re.match(r"\d+", word).group()
        for number in sorted({int(digits) + 1, abs(int(digits) - 1)}):
            yield begin, end, str(number) + word[len(digits):]
    elif word == "(" and before == "if":
        to = tokens[closing(tokens, i)][1]
        for always in ("0 && ", "1 || "):
            yield end, to, f"{always}({text[end:to]})"
    if before in (";", "{", "}", ")", "else") and statement_end(tokens, i):
        yield begin, tokens[statement_end(tokens, i)][1], ""


def mistakes(text):
    """All of the text's functions."""
    tokens = [(m.group(), m.start()) for m in TOKEN.finditer(text)
              if not re.match(r"/\*|//|[ \t]*#", m.group())]
    i = 1
    while i < len(tokens):
        if tokens[i][0] == "{":
            end, function = closing(tokens, i), tokens[i - 1][0] == ")"
            while i < end - 1:
                i += 1
                if tokens[i][0] in CHECKS:
                    i = closing(tokens, i + 1)
                elif function:
                    yield from mistakes_at(text, tokens, i)
        i += 1
