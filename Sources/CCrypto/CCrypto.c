#include "CCrypto.h"

#include <stdlib.h>

#if defined(__APPLE__)

#include <CommonCrypto/CommonDigest.h>

struct ccrypto_sha256 {
    CC_SHA256_CTX context;
};

ccrypto_sha256 *ccrypto_sha256_create(void) {
    ccrypto_sha256 *state = malloc(sizeof *state);
    if (state != NULL) CC_SHA256_Init(&state->context);
    return state;
}

int ccrypto_sha256_update(ccrypto_sha256 *state, const void *bytes, size_t length) {
    const unsigned char *next = bytes;
    while (length > 0) {
        /* CC_LONG has 32 bits. */
        CC_LONG piece = length > (1u << 30) ? (1u << 30) : (CC_LONG)length;
        CC_SHA256_Update(&state->context, next, piece);
        next += piece;
        length -= piece;
    }
    return 1;
}

int ccrypto_sha256_finish(ccrypto_sha256 *state, unsigned char digest[CCRYPTO_SHA256_LENGTH]) {
    CC_SHA256_Final(digest, &state->context);
    CC_SHA256_Init(&state->context);
    return 1;
}

void ccrypto_sha256_destroy(ccrypto_sha256 *state) {
    free(state);
}

#else

#include <openssl/evp.h>
#include <pthread.h>

struct ccrypto_sha256 {
    EVP_MD_CTX *context;
};

/* Fetched once: EVP_sha256() would look the algorithm up again at every start of a hash. */
static EVP_MD *algorithm;
static pthread_once_t fetched = PTHREAD_ONCE_INIT;

static void fetch(void) {
    algorithm = EVP_MD_fetch(NULL, "SHA256", NULL);
}

ccrypto_sha256 *ccrypto_sha256_create(void) {
    pthread_once(&fetched, fetch);
    if (algorithm == NULL) return NULL;
    ccrypto_sha256 *state = malloc(sizeof *state);
    if (state == NULL) return NULL;
    state->context = EVP_MD_CTX_new();
    if (state->context == NULL || EVP_DigestInit_ex2(state->context, algorithm, NULL) != 1) {
        ccrypto_sha256_destroy(state);
        return NULL;
    }
    return state;
}

int ccrypto_sha256_update(ccrypto_sha256 *state, const void *bytes, size_t length) {
    return EVP_DigestUpdate(state->context, bytes, length) == 1;
}

int ccrypto_sha256_finish(ccrypto_sha256 *state, unsigned char digest[CCRYPTO_SHA256_LENGTH]) {
    unsigned int length = 0;
    return EVP_DigestFinal_ex(state->context, digest, &length) == 1 && length == CCRYPTO_SHA256_LENGTH
        && EVP_DigestInit_ex2(state->context, NULL, NULL) == 1;
}

void ccrypto_sha256_destroy(ccrypto_sha256 *state) {
    if (state == NULL) return;
    EVP_MD_CTX_free(state->context);
    free(state);
}

#endif
