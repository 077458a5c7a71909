'use strict'

function advance (bodies, dt) {
  for (let i = 0; i < bodies.length; i++) {
    const a = bodies[i]
    for (let k = i + 1; k < bodies.length; k++) {
      const b = bodies[k]
      const dx = a.x - b.x
      const dy = a.y - b.y
      const f = dt / Math.pow(dx * dx + dy * dy + 0.01, 1.5)
      a.vx -= dx * b.m * f
      a.vy -= dy * b.m * f
      b.vx += dx * a.m * f
      b.vy += dy * a.m * f
    }
  }
  for (const b of bodies) {
    b.x += dt * b.vx
    b.y += dt * b.vy
  }
}

const bodies = Array.from({ length: 40 }, (_, i) => ({ x: i % 7, y: i % 11, vx: 0, vy: 0, m: 1 + i % 3 }))
for (let n = 0; n < 25000; n++) advance(bodies, 0.001)
console.log(bodies[3].x.toFixed(6))
