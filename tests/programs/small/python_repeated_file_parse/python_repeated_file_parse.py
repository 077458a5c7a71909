import json
import os
import tempfile

PATH = os.path.join(tempfile.mkdtemp(), "rates.json")


def rate_for(country):
    with open(PATH) as f:
        rates = json.load(f)
    return rates.get(country, 20)


def total(orders):
    return sum(cents * rate_for(country) for country, cents in orders)


def main():
    with open(PATH, "w") as f:
        json.dump({"c%d" % i: i % 25 for i in range(900)}, f)
    print(total([("c%d" % (i % 1000), i) for i in range(7000)]))
    os.unlink(PATH)
    os.rmdir(os.path.dirname(PATH))


main()
