"""What stands behind the command `natgrad`: tables, the comparison of the update rules, reports.

Nothing here is imported by the library itself; scikit-learn, pyarrow, matplotlib and tqdm (the extra `app`) are
imported only by the functions that need them.
"""
