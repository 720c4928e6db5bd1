"""What the core says in English of files that are brought: see `admin.core_sentences`."""

from __future__ import annotations

from typing import Final

SENTENCES: Final[tuple[str, ...]] = (
    # A file of balances
    "a spreadsheet or a zip archive",
    "an old spreadsheet",
    "a compressed file",
    "This is %(kind)s, not a text file. Nothing in it was opened.",
    "Only line 1 is there. Write a line for each member below it.",
    "Line 1: the file is UTF-16. Save it as “CSV UTF-8” and upload it again.",
    "The file is empty, or its first line is.",
    "Line 1 must name the columns; this one seems to hold a balance. Write above it: email,points",
    (
        "Line 1 must name the columns, and %(shown)s is none of them. Write: email,points; if you like also"
        " customer_id, expires_at and note."
    ),
    (
        "Line 1 must name the columns, and %(shown)s and %(more)s more is none of them. Write: "
        "email,points; if you like also customer_id, expires_at and note."
    ),
    "Line 1 names a column twice. Keep one of the two and delete the other, data included.",
    "Line 1 must name the columns points, and email or customer_id. Write: email,points",
    "It is longer than %(count)s bytes. See whether line breaks are missing.",
    "It holds a zero byte. Save the file as “CSV UTF-8”.",
    "“%(email)s” is no e-mail address. Write one such as ana@example.com.",
    (
        "The customer_id “%(ref)s” is no number. Write the one your store shows, such as 1234, or leave it "
        "empty where there is an email."
    ),
    "It says nobody: email and customer_id are empty. Fill in one of them.",
    "The points have a space beside them. Write the number alone, such as 1000.",
    (
        "The points “%(points)s” are no plain whole number. Write digits alone, without commas, points or "
        "signs between them, such as 1000."
    ),
    (
        "The points “%(points)s” are too many: one line may have %(most)s at most, above zero or below. "
        "Write a smaller number."
    ),
    "Points that are added must be 1 or more. To lower a balance, upload to set balances.",
    "expires_at %(day)s is over already. Write a day to come, or leave it empty.",
    "The note has more than %(count)s characters, or some that cannot be printed.",
    "The file has more than %(count)s lines: split it into several.",
    "It is no UTF-8 text. Save the file as “CSV UTF-8”.",
    "A quote is opened and not closed, or stands where none may. Take it out.",
    "expires_at “%(day)s” is no day. Write one such as 2027-12-31.",
    (
        "Line 1 names %(columns)s columns (%(names)s); fields in this line: %(count)s. Write one for each "
        "column, and put quotes around a field that holds a separator."
    ),
    "It is of the same person as line %(line)s, which counts; this one does not.",
    "Somebody was forgotten meanwhile, and the file named them. Begin anew.",
    "There is no such work in this store.",
    "An export is being made already. Wait for it, or stop it.",
    "It was not checked yet, or it was left. Upload the file again.",
    "There is nothing in this file that can be done.",
    "Exactly this file was booked already. To book it once more, type the store's name: %(store)s",
    "It has ended already.",
    "It cannot go on.",
    "Only what was booked in the last 30 days can be undone, and once.",
    # An export that is taken in
    "its key is too long",
    "the id %(id)s does not come after %(before)s",
    "it names %(id)s, which no line before is",
    "it is longer than %(count)s bytes",
    "it is no JSON object with a type",
    "it does not begin as an export of Regulars does",
    "it is of format %(format)s; this version reads format %(wanted)s",
    "it does not say of which store it is",
    "no line is of the type “%(kind)s”",
    "a line of the type “%(kind)s” lacks “%(name)s”",
    "a line of the type “%(kind)s” has, and should not, “%(name)s”",
    "is_guest must be true or false",
    "email is no normalised address",
    "%(name)s is nothing that can stand there",
    "%(name)s must be %(count)s bytes",
    "it is no JSON object",
    "%(name)s must not be empty",
    "%(name)s is no moment such as 2026-12-01T12:00:00+00:00",
    "%(name)s is no hexadecimal text",
    (
        "%(store)s has members or orders already. A file can be taken in only while a store is empty, right"
        " after it was connected."
    ),
    "a line of the type “%(kind)s” comes after those of “%(other)s”",
    (
        "the file is of a store that counts in %(currency)s; %(store)s counts in %(other)s, where points "
        "would be worth something else"
    ),
    "the file is of a store of another platform, so its orders cannot be this store's",
    (
        "this one or one of the %(count)s lines from here on breaks a rule of the ledger, such as a key "
        "that is there twice or a balance below zero"
    ),
    "The file says that it has %(lines)s lines; %(came)s came: a part is missing.",
    "The file was changed after it was written: its SHA-256 is another than it says.",
    "The balances in the file do not add up to what it says.",
    "The file holds no program.",
    "The file ends after line %(line)s without the line that closes it: a part of it is missing.",
    "The file was read, but an adjustment in it says other points than its entry.",
    "a name stands only beside an email",
    "given_name and family_name must both be text, or both null",
    "The file is empty.",
    "something comes after the line that closes the file",
    "Line %(line)s: %(problem)s",
    "The file was read, but it does not add up: %(problem)s",
    (
        "This store is too large to be done here in one go. On the server it takes as long as it needs: "
        "bin/regulars store %(command)s"
    ),
    (
        "This file is so long that taking it in would keep the stores' messages waiting: stop Regulars, and "
        "take it in with: bin/regulars store import-export FILE --store %(store)s"
    ),
    "Orders are being settled just now.",
    "One portion took longer than a worker may take.",
    (
        "%(count)s times a worker began this and was gone before it told how it ended. Most often the "
        "server had too little memory for it. What was done before stays. Give the server more memory, or "
        "ask for less at once, such as a smaller file, and try again."
    ),
    (
        "The file booked %(booked)s points, and %(undone)s of them were taken back. The others are still "
        "there: %(why)s. Compare the members with your file, and adjust what is left by hand."
    ),
    "the list of the file's lines is no longer whole",
    "the ledger does not hold them as they were booked",
    # Pictures and names
    "A colour is six digits or letters behind a #, such as #2a4bb5.",
    "Text in %(colour)s or on it could not be read. %(better)s works.",
    "A name for points has 1 to %(count)s characters on one line.",
    "This is no PNG, JPEG or WebP picture. Save it as one of these; PNG is best for a logo.",
    "The file is larger than 1 MB. Save the picture smaller; 600 pixels are plenty.",
    "The file is empty. Choose a PNG, JPEG or WebP picture.",
    "The picture has %(width)s × %(height)s pixels. It may have %(most)s a side; 600 are plenty.",
    "The picture has %(width)s × %(height)s pixels. It needs %(least)s a side or more.",
    (
        "The picture is %(width)s × %(height)s: too long to be seen. The longer side may be %(count)s times"
        " the shorter one."
    ),
    "The picture is too large even when packed. Save it with fewer pixels.",
    "The picture is damaged. Save it anew and choose it again.",
)
