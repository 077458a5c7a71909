import logging
import os

logging.basicConfig(filename=os.devnull, level=logging.DEBUG, format="%(asctime)s %(name)s %(message)s")
log = logging.getLogger("settle")


def settle(positions):
    total = 0
    for i, amount in enumerate(positions):
        log.debug("position %d: %s", i, amount)
        total = (total + amount * 3) % 1000003
    return total


def main():
    print(sum(settle(range(5000)) for _ in range(22)))


main()
