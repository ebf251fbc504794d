"""The doors of the server beside the pages: plain HTTP, without Streamlit and without a sign-in."""
