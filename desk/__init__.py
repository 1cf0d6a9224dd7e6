"""The pages of the app, which app.py puts together. Only here and there is Streamlit imported.

opening.py   which index, and each generation opened once
filters.py   sources, days, how many passages
asking.py    the question, the answer, what is below it
passages.py  the passages
keeping.py   clip buttons, whose name stands with them
returning.py the questions of this session, saved searches
exporting.py files to take away
notebook.py  the page of clipped quotes
adding.py    files in
"""
