/* keyring: signs a batch of user sessions */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROR(x, n) (((x) >> (n)) | ((x) << (32 - (n))))

static const uint32_t K[64] = {
	0x428a2f98,0x71374491,0xb5c0fbcf,0xe9b5dba5,0x3956c25b,0x59f111f1,0x923f82a4,0xab1c5ed5,
	0xd807aa98,0x12835b01,0x243185be,0x550c7dc3,0x72be5d74,0x80deb1fe,0x9bdc06a7,0xc19bf174,
	0xe49b69c1,0xefbe4786,0x0fc19dc6,0x240ca1cc,0x2de92c6f,0x4a7484aa,0x5cb0a9dc,0x76f988da,
	0x983e5152,0xa831c66d,0xb00327c8,0xbf597fc7,0xc6e00bf3,0xd5a79147,0x06ca6351,0x14292967,
	0x27b70a85,0x2e1b2138,0x4d2c6dfc,0x53380d13,0x650a7354,0x766a0abb,0x81c2c92e,0x92722c85,
	0xa2bfe8a1,0xa81a664b,0xc24b8b70,0xc76c51a3,0xd192e819,0xd6990624,0xf40e3585,0x106aa070,
	0x19a4c116,0x1e376c08,0x2748774c,0x34b0bcb5,0x391c0cb3,0x4ed8aa4a,0x5b9cca4f,0x682e6ff3,
	0x748f82ee,0x78a5636f,0x84c87814,0x8cc70208,0x90befffa,0xa4506ceb,0xbef9a3f7,0xc67178f2,
};

static void sha256_block(uint32_t st[8], const unsigned char *p)
{
	uint32_t w[64], v[8];
	for (int i = 0; i < 16; i++)
		w[i] = (uint32_t)p[4*i] << 24 | (uint32_t)p[4*i+1] << 16 | (uint32_t)p[4*i+2] << 8 | p[4*i+3];
	for (int i = 16; i < 64; i++) {
		uint32_t a = w[i-15], b = w[i-2];
		w[i] = w[i-16] + (ROR(a,7) ^ ROR(a,18) ^ a >> 3) + w[i-7] + (ROR(b,17) ^ ROR(b,19) ^ b >> 10);
	}
	memcpy(v, st, sizeof v);
	for (int i = 0; i < 64; i++) {
		uint32_t e = v[4], a = v[0];
		uint32_t t1 = v[7] + (ROR(e,6) ^ ROR(e,11) ^ ROR(e,25)) + ((e & v[5]) ^ (~e & v[6])) + K[i] + w[i];
		uint32_t t2 = (ROR(a,2) ^ ROR(a,13) ^ ROR(a,22)) + ((a & v[1]) ^ (a & v[2]) ^ (v[1] & v[2]));
		v[7] = v[6]; v[6] = v[5]; v[5] = e; v[4] = v[3] + t1;
		v[3] = v[2]; v[2] = v[1]; v[1] = a; v[0] = t1 + t2;
	}
	for (int i = 0; i < 8; i++)
		st[i] += v[i];
}

static void stretch(const char *secret, unsigned salt, int rounds, uint32_t out[8])
{
	static const uint32_t iv[8] = { 0x6a09e667,0xbb67ae85,0x3c6ef372,0xa54ff53a,0x510e527f,0x9b05688c,0x1f83d9ab,0x5be0cd19 };
	unsigned char block[64] = { 0 };
	snprintf((char *)block, 32, "%s:%u", secret, salt);
	memcpy(out, iv, sizeof iv);
	for (int i = 0; i < rounds; i++) {
		sha256_block(out, block);
		memcpy(block + 32, out, 32);
	}
}

static uint32_t sign_session(unsigned user)
{
	uint32_t key[8];
	/* the key is the same for the whole batch of one tenant */
	stretch("tenant-secret", user % 8, 20000, key);
	return key[0] ^ user * 2654435761u;
}

int main(void)
{
	const char *s = getenv("SCALE");
	unsigned users = (unsigned)(400 * (s ? atof(s) : 1.0)), x = 0;
	for (unsigned u = 0; u < users; u++)
		x = x * 31 + sign_session(u);
	printf("users %u signature %08x\n", users, x);
	return 0;
}
