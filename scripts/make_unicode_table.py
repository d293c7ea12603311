#!/usr/bin/env python3
"""Writes src/text/unicode_tables.cc, and tests/text/unicode_expected.inc to hold it against.

All of it is asked of Python itself, so it must be a Python with Unicode 14 (3.11): the tokenizers we compare with were
run on that version, and another one moves results.
"""
import sys
import unicodedata
from pathlib import Path

UNICODE = '14.0.0'
ROOT = Path(__file__).resolve().parent.parent
CODE_POINTS = range(0x110000)
BLOCK = 128  # code points; with it both stages of the trie are bytes

# Order of the enum Category in src/text/unicode.h.
CATEGORIES = ['other', 'Cc', 'Cf', 'Co', 'Cn', 'Cs', 'Zs', 'Zl', 'Zp', 'Mn', 'P', 'Lu', 'Lt']


def category(c):
    name = unicodedata.category(c)
    return 'P' if name[0] == 'P' else name if name in CATEGORIES else 'other'


def sigma_context(c):
    """What str.lower() takes c for when it decides on a final sigma: 0 not cased, 1 cased, 2 looked through."""
    if (c + 'Σ').lower().endswith('ς'):
        return 1
    return 2 if ('A' + c + 'Σ').lower().endswith('ς') else 0


def numbers(values):
    lines, line = [], ''
    for value in values:
        word = f'{value},'
        if len(line) + len(word) > 136:
            lines.append('    ' + line)
            line = ''
        line += word
    return '\n'.join(lines + ['    ' + line])


def tables():
    properties, records, blocks, stage1, stage2 = {}, [], {}, [], []
    lengths, pool = [], []
    for code in CODE_POINTS:
        c = chr(code)
        lower = c.lower()
        if len(lower) != 1 and c != 'İ':
            raise SystemExit(f'U+{code:04X} has a lower case of {len(lower)} characters, which the code does not know')
        nfd = unicodedata.normalize('NFD', c)
        hangul = 0xAC00 <= code <= 0xD7A3  # by rule
        record = (CATEGORIES.index(category(c)), sigma_context(c), unicodedata.combining(c), ord(lower[0]) - code, int(nfd != c and not hangul))
        records.append(properties.setdefault(record, len(properties)))
        if nfd != c and not hangul:
            units = nfd.encode('utf-16-le')
            lengths.append(len(units) // 2)
            pool += [units[i] | units[i + 1] << 8 for i in range(0, len(units), 2)]
    for at in range(0, len(records), BLOCK):
        block = tuple(records[at:at + BLOCK])
        if block not in blocks:
            blocks[block] = len(blocks)
            stage2 += block
        stage1.append(blocks[block])
    if max(stage1) > 255 or max(stage2) > 255:
        raise SystemExit('a table outgrew its type')
    return list(properties), stage1, stage2, lengths, pool


def write_tables(path):
    properties, stage1, stage2, lengths, pool = tables()
    path.write_text(f'''// Written by scripts/make_unicode_table.py from Unicode {UNICODE}. Do not edit.
#include "text/unicode_tables.h"

namespace bp {{

const CharacterProperties kProperties[{len(properties)}] = {{
{numbers('{%d,%d,%d,%d,%d}' % (combining, kind, sigma, decomposes, lower) for kind, sigma, combining, lower, decomposes in properties)}
}};

const uint8_t kBlocks[{len(stage1)}] = {{
{numbers(stage1)}
}};

const uint8_t kBlockRecords[{len(stage2)}] = {{
{numbers(stage2)}
}};

const std::size_t kDecomposedCount = {len(lengths)};

const uint8_t kDecompositionLengths[{len(lengths)}] = {{
{numbers(lengths)}
}};

const char16_t kDecompositions[{len(pool)}] = {{
{numbers(pool)}
}};

}}  // namespace bp
''')


def fnv(pieces):
    value = 0xcbf29ce484222325
    for piece in pieces:
        for byte in piece:
            value = (value ^ byte) * 0x100000001b3 & 0xffffffffffffffff
    return value


def utf32(text):
    return b''.join(ord(c).to_bytes(4, 'little') for c in text)


# Where combining, casing and composing happen; tests/text/unicode_test.cc draws from the same ranges.
RANGES = [(0x300, 0x370), (0x5B0, 0x5C8), (0xE30, 0xE50), (0xAC00, 0xAC80), (0x1100, 0x11C3), (0x370, 0x400), (0x20, 0x80), (0x1D15E, 0x1D173),
          (0x302A, 0x3030), (0xC0, 0x180), (0x1F00, 0x2000), (0x2F800, 0x2F880), (0x4E00, 0x4E20), (0x300, 0x370), (0x3A3, 0x3A4), (0x27, 0x2F)]


def drawn_strings():
    state = 1
    for _ in range(20000):
        text = ''
        for _ in range(9):
            state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
            low, high = RANGES[state >> 60]
            text += chr(low + (state >> 20) % (high - low))
        yield text


def write_expected(path):
    names = {name: i for i, name in enumerate(CATEGORIES)}
    every = [chr(code) for code in CODE_POINTS]
    drawn = list(drawn_strings())
    rows = {
        'category': fnv(bytes([names[category(c)]]) for c in every),
        'space': fnv(bytes([c.isspace()]) for c in every),
        'lower': fnv(utf32(c.lower()) + b'|' for c in every),
        'nfd': fnv(utf32(unicodedata.normalize('NFD', c)) + b'|' for c in every),
        'sigma_before': fnv(utf32(('aΣ' + c).lower()) for c in every),
        'sigma_after': fnv(utf32((c + 'Σ' + c + 'a').lower()) for c in every),
        'drawn_lower': fnv(utf32(text.lower()) + b'|' for text in drawn),
        'drawn_nfd': fnv(utf32(unicodedata.normalize('NFD', text)) + b'|' for text in drawn),
    }
    path.write_text(f'// Written by scripts/make_unicode_table.py from Unicode {UNICODE}: 64-bit FNV-1a of what Python says.\n' +
                    ''.join(f'constexpr uint64_t k_{name} = {value:#x};\n' for name, value in rows.items()))


if __name__ == '__main__':
    if unicodedata.unidata_version != UNICODE:
        sys.exit(f'needs a Python with Unicode {UNICODE} (3.11); this one has {unicodedata.unidata_version}')
    write_tables(ROOT / 'src/text/unicode_tables.cc')
    write_expected(ROOT / 'tests/text/unicode_expected.inc')
