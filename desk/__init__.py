"""The pages of the app, which app.py puts together. Only here and there is Streamlit imported.

opening.py   which index, and each generation opened once
filters.py   sources, days, how many passages
asking.py    the question, the answer, what is below it
passages.py  the passages
adding.py    files in
"""
