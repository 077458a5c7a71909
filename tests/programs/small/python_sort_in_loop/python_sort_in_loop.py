import random


class Board:
    def __init__(self):
        self.scores = []

    def record(self, player, score):
        self.scores.append((score, player))
        self.scores.sort(key=lambda entry: (-entry[0], entry[1]))

    def top(self):
        return self.scores[:3]


def main():
    rng = random.Random(5)
    board = Board()
    for i in range(4500):
        board.record("p%d" % rng.randrange(9999), rng.randrange(100000))
    print(board.top())


main()
