import random


def keep_new(visits):
    known = []
    for address in visits:
        if address not in known:
            known.append(address)
    return known


def main():
    rng = random.Random(4)
    visits = ["10.%d.%d.7" % (rng.randrange(90), rng.randrange(90)) for _ in range(24000)]
    for _ in range(2):
        print(len(keep_new(visits)))


main()
