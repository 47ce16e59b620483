"""What Canvas does with an imported gradebook, written anew from its importer's rules.

Source: instructure/canvas-lms, lib/gradebook_importer.rb (`identify_delimiter`, `row_has_student_headers?`,
`update_column_count`, `parse_assignments`, `process_student`, `no_change_to_value?`,
`decimal_comma_to_period`), with Python's csv module in place of Ruby's. It shares no code with oslab.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, field


class InvalidHeaderRow(Exception):
    """The import fails as a whole."""


@dataclass
class Course:
    """What is in Canvas: assignment id → (title, points), users, user id → assignment id → score."""

    assignments: dict[int, tuple[str, float]]
    users: dict[int, str]
    logins: dict[str, int] = field(default_factory=dict)
    scores: dict[int, dict[int, str]] = field(default_factory=dict)


@dataclass
class Imported:
    """What an import would change."""

    changes: dict[tuple[int, int], tuple[str, str]] = field(default_factory=dict)
    new_assignments: list[str] = field(default_factory=list)
    missing_students: list[str] = field(default_factory=list)
    points_changed: list[int] = field(default_factory=list)


def run_import(data: bytes, course: Course) -> Imported:
    text = data.decode("utf-8")
    rows = [
        [_period(cell) for cell in row]
        for row in csv.reader(
            io.StringIO(text, newline=""), delimiter=_separator(text), strict=True
        )
        if not re.fullmatch(r"[;, ]+", ";".join(row)) and row
    ]
    header, *rest = rows
    columns = _student_columns(header)
    found: list[tuple[int, int]] = []
    done = Imported()
    for name in header[columns:]:
        if re.search("(Current|Final) (Score|Points|Grade)|Override (Score|Grade|Status)", name):
            continue
        match = re.fullmatch(r"(.*)\s\((\d+)\)", name)
        number = int(match[2]) if match and int(match[2]) in course.assignments else None
        if number is None:
            number = next((i for i, (t, _) in course.assignments.items() if t == name), None)
        if number is None:
            done.new_assignments.append(name)
        else:
            found.append((number, header.index(name)))
    read_only = set()
    for row in rest:
        if "Points Possible" in row[0]:
            for number, at in found:
                if re.search(r"read\s+only", row[at]):
                    read_only.add(number)
                elif row[at] and float(row[at]) != course.assignments[number][1]:
                    done.points_changed.append(number)
            continue
        if all(re.fullmatch(r"\s*(Muted|Manual Posting.*)?\s*", c, re.I) for c in row):
            continue
        user = _user(row, header, columns, course)
        if user is None:
            done.missing_students.append(row[0])
            continue
        for number, at in found:
            before = course.scores.get(user, {}).get(number, "")
            after = row[at].strip() if at < len(row) else ""
            if number not in read_only and not _same(after, before):
                done.changes[user, number] = before, after
    return done


def _separator(text: str) -> str:
    counts = {}
    lines = io.StringIO(text, newline="").readlines()[:3]
    for separator in (";", ","):
        try:
            cells = [_cells(line.rstrip("\r\n"), separator) for line in lines]
            counts[separator] = cells[0] if len(set(cells)) == 1 else 0
        except csv.Error:
            counts[separator] = 0
    return ";" if counts[";"] > counts[","] else ","


def _cells(line: str, separator: str) -> int:
    """How many cells Ruby finds in a line; it refuses quotation marks that Python's csv lets pass."""
    if not line:
        return 0
    count, state = 1, "start"
    for sign in line:
        if state == "quoted":
            state = "closed" if sign == '"' else "quoted"
        elif sign == separator:
            count, state = count + 1, "start"
        elif sign == '"':
            if state == "plain":
                raise csv.Error
            state = "quoted"
        elif state == "closed":
            raise csv.Error
        else:
            state = "plain"
    if state == "quoted":
        raise csv.Error
    return count


def _period(cell: str) -> str:
    if not re.fullmatch(r"-?[0-9.,]+%?", cell):
        return cell
    *front, last = re.split("[,.]", cell)
    return f"{''.join(front)}.{last}" if front else last


def _student_columns(row: list[str]) -> int:
    first_last = len(row) > 4 and "LastName" in row[0] and "FirstName" in row[1] and "ID" in row[2]
    if not first_last and not (len(row) > 3 and "Student" in row[0] and "ID" in row[1]):
        raise InvalidHeaderRow(row)
    names = 4 if first_last else 3
    columns = names
    at = [*row, "", "", ""]
    if re.search(r"SIS\s+Login\s+ID", at[names - 1]):
        columns += 1
    elif re.search(r"SIS\s+User\s+ID", at[names - 1]) and re.search(r"SIS\s+Login\s+ID", at[names]):
        integration = int("Integration ID" in at[names + 1])
        columns += 2 + integration
        columns += int("Root Account" in at[names + 1 + integration])
    if "Section" not in row[columns - 1]:
        raise InvalidHeaderRow(row)
    return columns


def _user(row: list[str], header: list[str], columns: int, course: Course) -> int | None:
    at = 2 if header[0] == "LastName" else 1
    if row[at].isdigit() and int(row[at]) in course.users:
        return int(row[at])
    for i in range(at + 1, columns):
        if header[i].startswith("SIS") and row[i] in course.logins:
            return course.logins[row[i]]
    return next((user for user, name in course.users.items() if name == row[0]), None)


def _same(new: str, current: str) -> bool:
    nothing = ("", "-")
    if new == current or (new in nothing and current in nothing):
        return True
    if not new or not current or "EX" in (new.upper(), current.upper()):
        return False
    try:
        return f"{float(new):.2f}" == f"{float(current):.2f}"
    except ValueError:
        return False
