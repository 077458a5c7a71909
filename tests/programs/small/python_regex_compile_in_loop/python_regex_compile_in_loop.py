import re


def highlight(text, word):
    pattern = re.compile(r"\b(" + re.escape(word) + r")(s|es|ed|ing)?\b", re.I)
    return pattern.sub(r"<b>\1\2</b>", text)


def main():
    text = "the clerk stamped the forms and the form was stamped again"
    size = 0
    for i in range(9000):
        size += len(highlight(text, "form%d" % i))
    print(size)


main()
