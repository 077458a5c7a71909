import re

TAGS = re.compile(r"^(([a-z]+)[ ,]?)+$")


def is_tag_list(text):
    return TAGS.match(text) is not None


def main():
    good = 0
    for i in range(6):
        good += is_tag_list("red green blue")
        good += is_tag_list("a" * (19 + i % 2) + "!")
    print(good)


main()
