def advance(bodies, dt):
    for i, a in enumerate(bodies):
        for b in bodies[i + 1:]:
            dx, dy = a[0] - b[0], a[1] - b[1]
            force = dt / ((dx * dx + dy * dy) ** 1.5 + 0.1)
            a[2] -= dx * force
            a[3] -= dy * force
            b[2] += dx * force
            b[3] += dy * force
    for body in bodies:
        body[0] += dt * body[2]
        body[1] += dt * body[3]


def main():
    bodies = [[i * 1.3 % 5, i * 2.7 % 7, 0.0, 0.0] for i in range(9)]
    for _ in range(40000):
        advance(bodies, 0.001)
    print(round(bodies[0][0], 6))


main()
