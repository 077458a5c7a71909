import copy


class Simulation:
    def __init__(self, n):
        self.cells = {"row%d" % i: [i, i + 1, {"heat": i % 7}] for i in range(n)}

    def step(self):
        before = copy.deepcopy(self.cells)
        for name, cell in before.items():
            self.cells[name][2]["heat"] = (cell[2]["heat"] + 1) % 7


def main():
    simulation = Simulation(400)
    for _ in range(400):
        simulation.step()
    print(simulation.cells["row3"])


main()
