/* wavemix mixes voices of a synthesiser into one buffer */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define VOICES 24
#define BLOCK 4096

typedef struct { float phase, step, gain, lp; } voice_t;

static float clampf(float v, float lo, float hi)
{
	return v < lo ? lo : v > hi ? hi : v;
}

static float lookup(const float *table, float phase)
{
	int i = (int)phase;
	float f = phase - (float)i;
	float a = table[i & 1023];
	float b = table[(i + 1) & 1023];
	return a + (b - a) * f;
}

static float filter(voice_t *v, float in)
{
	v->lp = v->lp + 0.2f * (in - v->lp);
	return clampf(v->lp, -1.0f, 1.0f);
}

static void mix_block(voice_t *voices, const float *table, float *out)
{
	for (int i = 0; i < BLOCK; i++) {
		float acc = 0;
		for (int k = 0; k < VOICES; k++) {
			voice_t *v = &voices[k];
			v->phase += v->step;
			if (v->phase >= 1024.0f)
				v->phase -= 1024.0f;
			acc += v->gain * filter(v, lookup(table, v->phase));
		}
		out[i] += acc;
	}
}

int main(void)
{
	const char *s = getenv("SCALE");
	int blocks = (int)(1000 * (s ? atof(s) : 1.0));
	static float table[1024], out[BLOCK];
	voice_t voices[VOICES];
	for (int i = 0; i < 1024; i++)
		table[i] = sinf((float)i * 0.0061359f);
	for (int k = 0; k < VOICES; k++)
		voices[k] = (voice_t){ 0, 1.0f + (float)k * 0.37f, 1.0f / (float)(k + 2), 0 };
	for (int b = 0; b < blocks; b++)
		mix_block(voices, table, out);
	double sum = 0;
	for (int i = 0; i < BLOCK; i++)
		sum += fabs((double)out[i]);
	printf("blocks %d sum %.4f\n", blocks, sum);
	return 0;
}
