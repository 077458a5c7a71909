import random


def count(words):
    seen = {}
    for word in words:
        seen[word] = seen.get(word, 0) + 1
    return seen


def main():
    rng = random.Random(1)
    words = ["w%d" % rng.randrange(5000) for _ in range(200000)]
    best = 0
    for _ in range(40):
        best = max(count(words).values())
    print(best)


main()
