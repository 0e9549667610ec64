"""Tests that follow a page of the documentation, step by step."""

def page_test(name, page, brings = {}, data = [], **kwargs):
    """Does what the page says and compares what it shows.

    Args:
      name: of the test.
      page: label of the page.
      brings: names in the reader's folder, and the labels of the files that
        they stand for.
      data: what else the steps use.
      **kwargs: for the test.
    """
    native.sh_test(
        name = name,
        size = "small",
        srcs = ["follow_page.sh"],
        args = ["$(rootpath %s)" % page] + [
            "%s=$(rootpath %s)" % (place, label)
            for place, label in brings.items()
        ],
        data = depset([page, "follow_page.py"] + brings.values() + data).to_list(),
        **kwargs
    )
