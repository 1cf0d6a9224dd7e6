"""The pages of the app, which app.py puts together. Only here and there is Streamlit imported.

opening.py   which index, and each generation opened once
filters.py   what a question is narrowed to, with counts
permalink.py the address of a result, and the generation that it names
asking.py    the question, the answer, what is below it
passages.py  the passages
keeping.py   clip buttons, whose name stands with them
returning.py the questions of this session, saved searches
exporting.py files to take away
notebook.py  the page of clipped quotes
judging.py   the buttons that judge, judge_page.py the page that counts it
tending.py   the index: what it holds, articles out, generations, check and repair
adding.py    files in, each seen first
uploads.py   which files are taken, and where they are kept
jobs.py      long work, which goes on when its page is left
states.py    an index that is missing, being built, newer, or damaged
locking.py   the password
"""
