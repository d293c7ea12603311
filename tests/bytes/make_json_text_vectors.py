#!/usr/bin/env python3
"""Writes json_text_vectors.inc: texts, and what Python 3.11's json says of them (message, line, column)."""
import json
import random
import sys

if sys.version_info[:2] != (3, 11):
    sys.exit('needs Python 3.11: other versions word some faults otherwise')

CONFIG = '{\n  "a": [1, -2.5e3, true],\r\n\t"bé": {"\\u00e9\\ud83d\\ude00": null, "x": "\\n中"},\n  "c": NaN, "a": -Infinity\n}\n'
WRITTEN = [
    '', ' ', '\n \n', '\ufeff{}', '{', '}', '[', ']', '{}', '[]', '[1', '[1,', '[1,]', '[,]', '{,}', '{"a"', '{"a":', '{"a":}', '{"a":1', '{"a":1,',
    '{"a":1,}', '{"a":1,,"b":2}', '{"a" 1}', '{"a"::1}', '{a:1}', "{'a':1}", '{"a":1 "b":2}', '{"a":1}x', '{"a":1} {}', '{"a":1}\n\n  // end',
    '{"a": 1 /* c */}', '// c\n{}', '{"a": tru}', '{"a": True}', '{"a": nul', '{"a": NaN}', '{"a": nan}', '{"a": Infinity}', '{"a": -Infinity}',
    '{"a": +1}', '{"a": -}', '{"a": 01}', '{"a": -0}', '{"a": 1.}', '{"a": .5}', '{"a": 1e}', '{"a": 1e+}', '{"a": 1E5}', '{"a": 1.5e-3}',
    '{"a": 1.e3}', '{"a": 0x10}', '{"a": 1_000}', '{"a": 30,522}', '{"a": "\t"}', '{"a": "\n"}', '{"a": "\x7f"}', '{"a": "\x00"}', '{"a": "x', '{"a": "x\\',
    '{"a": "\\', '{"a": "\\x"}', '{"a": "\\u"}', '{"a": "\\u12"}', '{"a": "\\u123g"}', '{"a": "\\u1234', '{"a": "\\u1234"', '{"a": "\\u+123"}',
    '{"a": "\\ud800"}', '{"a": "\\ud800\\u0041"}', '{"a": "\\ud800\\ud800"}', '{"a": "\\ud800\\udc00"}', '{"a": "\\ud800\\udc0', '{"a": "\\ud800\\uzzzz"}',
    '{"a": "\\ud800\\u12"}', '{"a": "\\ud800\\u12"', '{"a": "\\udc00\\ud800"}', '{"\\ud800": 1}', '{"中文": "中"x}', '{"a": "中\n"}', '"a"', '1', '-', 'null', '[{}, {"a": [}]',
    '{"a": {"b": [1, {"c": 2,}]}}', '\x0b{}', '\u00a0{}', '{"a":\u00a01}', '{"a"\x0c:1}', '\u3000{}', '{“a”: 1}', '{"a"：1}', '{"a": 1，"b": 2}', '{"a": 1\x00}', '\x00',
    '{"a": [1, 2}', '{"a": [1, 2', '{"a": {', '{"a": [', '{"a": ' + '9' * 4301 + '}', '{"a": ' + '9' * 4300 + '}', '{"a": -' + '9' * 4301 + '}', '{"a": 18446744073709551615}',
]


def said(text):
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        return error.msg, error.lineno, error.colno
    except ValueError as error:  # too many digits; Python gives no place
        return str(error).split(';')[0].split(':')[0], 0, 0
    if not isinstance(value, dict):
        start = len(text) - len(text.lstrip(' \t\r\n'))
        return 'Expecting an object', text.count('\n', 0, start) + 1, start - text.rfind('\n', 0, start)
    return '', 0, 0


def quoted(text):
    out = ''
    for byte in text.encode('utf-8'):
        c = chr(byte)
        out += c if c.isascii() and c.isprintable() and c not in '"\\?' else '\\%03o' % byte
    return f'"{out}"sv'


random.seed(20)
texts = WRITTEN + [CONFIG[:i] for i in range(len(CONFIG) + 1)]
alphabet = '{}[]:,"\\ \n0-.eEuNIt/é'
for _ in range(400):
    at = random.randrange(len(CONFIG))
    change = random.choice(alphabet)
    texts.append(random.choice([CONFIG[:at] + change + CONFIG[at + 1:], CONFIG[:at] + change + CONFIG[at:], CONFIG[:at] + CONFIG[at + 1:]]))
with open(__file__.rsplit('/', 1)[0] + '/json_text_vectors.inc', 'w') as out:
    out.write('// Written by make_json_text_vectors.py with Python 3.11: text, message, line, column. No message: read.\n')
    for text in dict.fromkeys(texts):
        message, line, column = said(text)
        out.write('{%s, %s, %d, %d},\n' % (quoted(text), quoted(message), line, column))
