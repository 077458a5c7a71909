def ways(coins, amount):
    if amount == 0:
        return 1
    if amount < 0 or not coins:
        return 0
    return ways(coins, amount - coins[0]) + ways(coins[1:], amount)


def main():
    print(ways((1, 2, 5, 10, 20, 50), 190))
    print(ways((1, 5, 10, 25, 50), 300))


main()
