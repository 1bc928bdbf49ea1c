#define _GNU_SOURCE
#include "CTransport.h"

#include <string.h>

CURLcode mt_easy_set_long(CURL *easy, CURLoption option, long value) { return curl_easy_setopt(easy, option, value); }

CURLcode mt_easy_set_size(CURL *easy, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(easy, option, value);
}

CURLcode mt_easy_set_string(CURL *easy, CURLoption option, const char *value) {
    return curl_easy_setopt(easy, option, value);
}

CURLcode mt_easy_set_pointer(CURL *easy, CURLoption option, void *value) {
    return curl_easy_setopt(easy, option, value);
}

CURLcode mt_easy_set_list(CURL *easy, CURLoption option, struct curl_slist *value) {
    return curl_easy_setopt(easy, option, value);
}

CURLcode mt_easy_set_callback(CURL *easy, CURLoption option, curl_write_callback value) {
    return curl_easy_setopt(easy, option, value);
}

CURLcode mt_easy_set_context_callback(CURL *easy, curl_ssl_ctx_callback value) {
    return curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, value);
}

CURLcode mt_easy_set_blob(CURL *easy, CURLoption option, const void *bytes, size_t count) {
    struct curl_blob blob = {.data = (void *)bytes, .len = count, .flags = CURL_BLOB_COPY};
    return curl_easy_setopt(easy, option, &blob);
}

CURLcode mt_easy_get_long(CURL *easy, CURLINFO info, long *value) { return curl_easy_getinfo(easy, info, value); }

CURLcode mt_easy_get_size(CURL *easy, CURLINFO info, curl_off_t *value) { return curl_easy_getinfo(easy, info, value); }

CURLcode mt_easy_get_pointer(CURL *easy, CURLINFO info, void **value) { return curl_easy_getinfo(easy, info, value); }

CURLMcode mt_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}

CURLMcode mt_multi_set_callbacks(
    CURLM *multi, curl_socket_callback socket, curl_multi_timer_callback timer, void *context) {
    CURLMcode code = curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, socket);
    if (code == CURLM_OK) code = curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, context);
    if (code == CURLM_OK) code = curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, timer);
    if (code == CURLM_OK) code = curl_multi_setopt(multi, CURLMOPT_TIMERDATA, context);
    return code;
}

CURLMcode mt_multi_time_out(CURLM *multi) {
    int running;
    return curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running);
}

CURLMcode mt_multi_socket_ready(CURLM *multi, curl_socket_t socket, int events) {
    int running;
    return curl_multi_socket_action(multi, socket, events, &running);
}

bool mt_multi_next_done(CURLM *multi, CURL **easy, CURLcode *result) {
    int left;
    CURLMsg *message;
    while ((message = curl_multi_info_read(multi, &left)) != NULL) {
        if (message->msg != CURLMSG_DONE) continue;
        *easy = message->easy_handle;
        *result = message->data.result;
        return true;
    }
    return false;
}

EVP_PKEY *mt_key_generate_p256(void) { return EVP_EC_gen("P-256"); }

EVP_PKEY *mt_key_generate_rsa(size_t bits) { return EVP_RSA_gen(bits); }

const unsigned char *mt_bio_bytes(BIO *bio, size_t *count) {
    char *bytes = NULL;
    long length = BIO_get_mem_data(bio, &bytes);
    *count = length > 0 ? (size_t)length : 0;
    return (const unsigned char *)bytes;
}

// Takes over `value`, whatever happens.
static int add_name(GENERAL_NAMES *names, int type, ASN1_STRING *value, const void *bytes, size_t count) {
    GENERAL_NAME *name = GENERAL_NAME_new();
    if (name == NULL || value == NULL || !ASN1_STRING_set(value, bytes, (int)count)) {
        GENERAL_NAME_free(name);
        ASN1_STRING_free(value);
        return 0;
    }
    GENERAL_NAME_set0_value(name, type, value);
    if (sk_GENERAL_NAME_push(names, name) > 0) return 1;
    GENERAL_NAME_free(name);
    return 0;
}

int mt_names_add_dns(GENERAL_NAMES *names, const char *name, size_t count) {
    return add_name(names, GEN_DNS, ASN1_IA5STRING_new(), name, count);
}

int mt_names_add_address(GENERAL_NAMES *names, const unsigned char *bytes, size_t count) {
    return add_name(names, GEN_IPADD, ASN1_OCTET_STRING_new(), bytes, count);
}

int mt_certificate_add_extension(X509 *certificate, X509 *issuer, int nid, const char *value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    if (extension == NULL) return 0;
    int added = X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
    return added;
}

int mt_request_add_names(X509_REQ *request, GENERAL_NAMES *names) {
    X509_EXTENSION *extension = X509V3_EXT_i2d(NID_subject_alt_name, 0, names);
    if (extension == NULL) return 0;
    STACK_OF(X509_EXTENSION) *extensions = sk_X509_EXTENSION_new_null();
    int added = extensions != NULL && sk_X509_EXTENSION_push(extensions, extension) > 0;
    if (!added) X509_EXTENSION_free(extension);
    added = added && X509_REQ_add_extensions(request, extensions);
    sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
    return added;
}

int mt_thread_set_name(const char *name) { return pthread_setname_np(pthread_self(), name); }

int mt_context_set_minimum_version(SSL_CTX *context, int version) {
    return SSL_CTX_set_min_proto_version(context, version);
}

void mt_context_set_modes(SSL_CTX *context, long modes) {
    SSL_CTX_set_mode(context, modes);
    /* A record with its head by one call of the kernel instead of two. */
    SSL_CTX_set_read_ahead(context, 1);
}

void mt_context_forget_sessions(SSL_CTX *context) {
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_num_tickets(context, 0);
}

int mt_context_add_chain(SSL_CTX *context, X509 *certificate) { return SSL_CTX_add0_chain_cert(context, certificate); }

bool mt_context_copy_chain(SSL_CTX *context, STACK_OF(X509) **chain) {
    STACK_OF(X509) *own = NULL;
    *chain = NULL;
    SSL_CTX_get0_chain_certs(context, &own);
    if (own == NULL) return true;
    *chain = X509_chain_up_ref(own);
    return *chain != NULL;
}

void mt_chain_free(STACK_OF(X509) *chain) { sk_X509_pop_free(chain, X509_free); }

static void release_owner(void *context, void *owner, CRYPTO_EX_DATA *data, int index, long number, void *release) {
    (void)context, (void)data, (void)index, (void)number;
    if (owner != NULL) ((void (*)(void *))release)(owner);
}

int mt_context_new_index(void (*release)(void *owner)) {
    return SSL_CTX_get_ex_new_index(0, (void *)release, NULL, NULL, release_owner);
}

int mt_connection_set_server_name(SSL *connection, const char *name) {
    return SSL_set_tlsext_host_name(connection, name);
}

void mt_connection_free_buffers(SSL *connection) {
    /* What OpenSSL 3.0 itself does not look at: the rest of a record that was read in part, and the head of one ("RH" is
       the wait for a head) with nothing of its body. */
    if (SSL_pending(connection) == 0 && strcmp(SSL_rstate_string(connection), "RH") == 0) SSL_free_buffers(connection);
}

void mt_easy_free_buffers(CURL *easy) {
    struct curl_tlssessioninfo *session = NULL;
    CURLcode code = curl_easy_getinfo(easy, CURLINFO_TLS_SSL_PTR, &session);
    if (code == CURLE_OK && session && session->backend == CURLSSLBACKEND_OPENSSL && session->internals)
        mt_connection_free_buffers(session->internals);
}

bool mt_is_end_of_file(unsigned long error) {
    return ERR_GET_LIB(error) == ERR_LIB_SSL && ERR_GET_REASON(error) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
}

bool mt_is_end_of_pem(unsigned long error) {
    return ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
}

int mt_accept(int listener, struct sockaddr_storage *peer, socklen_t *length) {
    return accept4(listener, (struct sockaddr *)peer, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}
