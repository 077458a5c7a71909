class Ledger:
    def __init__(self):
        self.text = ""

    def add(self, account, cents):
        self.text += "%-12s %8d.%02d\\n" % (account, cents // 100, cents % 100)

    def page(self):
        return len(self.text)


def main():
    ledger = Ledger()
    for i in range(14000):
        ledger.add("acct-%d" % (i % 97), i * 37)
    print(ledger.page())


main()
