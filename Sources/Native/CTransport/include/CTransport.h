// libcurl, OpenSSL and the parts of the operating system that Swift's Glibc module does not offer, for the one room that
// may touch them. The shims below give types to what Swift cannot call: variadic functions and macros. They hold no logic.
#ifndef MARTLET_CTRANSPORT_H
#define MARTLET_CTRANSPORT_H

#include <malloc.h>
#include <curl/curl.h>
#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

// curl_easy_setopt, one per type of argument. The caller vouches for the option taking that type.
CURLcode mt_easy_set_long(CURL *easy, CURLoption option, long value);
CURLcode mt_easy_set_size(CURL *easy, CURLoption option, curl_off_t value);
CURLcode mt_easy_set_string(CURL *easy, CURLoption option, const char *value);
CURLcode mt_easy_set_pointer(CURL *easy, CURLoption option, void *value);
CURLcode mt_easy_set_list(CURL *easy, CURLoption option, struct curl_slist *value);
CURLcode mt_easy_set_callback(CURL *easy, CURLoption option, curl_write_callback value);
// For CURLOPT_SSL_CTX_FUNCTION.
CURLcode mt_easy_set_context_callback(CURL *easy, curl_ssl_ctx_callback value);
// Copies the bytes.
CURLcode mt_easy_set_blob(CURL *easy, CURLoption option, const void *bytes, size_t count);

// curl_easy_getinfo, one per type of answer.
CURLcode mt_easy_get_long(CURL *easy, CURLINFO info, long *value);
CURLcode mt_easy_get_size(CURL *easy, CURLINFO info, curl_off_t *value);
CURLcode mt_easy_get_pointer(CURL *easy, CURLINFO info, void **value);

// curl_multi_setopt, one per type of argument.
CURLMcode mt_multi_set_long(CURLM *multi, CURLMoption option, long value);
CURLMcode mt_multi_set_callbacks(
    CURLM *multi, curl_socket_callback socket, curl_multi_timer_callback timer, void *context);

// curl_multi_socket_action for the end of the time that the timer callback was told.
CURLMcode mt_multi_time_out(CURLM *multi);
CURLMcode mt_multi_socket_ready(CURLM *multi, curl_socket_t socket, int events);

// The result of the next transfer that has ended and its handle; false if there is none.
bool mt_multi_next_done(CURLM *multi, CURL **easy, CURLcode *result);

// Keys; NULL with the reason in OpenSSL's error queue.
EVP_PKEY *mt_key_generate_p256(void);
EVP_PKEY *mt_key_generate_rsa(size_t bits);

// The bytes that a memory BIO holds; they live as long as it and are moved by the next write.
const unsigned char *mt_bio_bytes(BIO *bio, size_t *count);

// Adds a copy of a name to a list of subject alternative names; an address is 4 or 16 bytes in network order.
int mt_names_add_dns(GENERAL_NAMES *names, const char *name, size_t count);
int mt_names_add_address(GENERAL_NAMES *names, const unsigned char *bytes, size_t count);
// Adds an extension, written in OpenSSL's configuration syntax, to a certificate that `issuer` signs.
int mt_certificate_add_extension(X509 *certificate, X509 *issuer, int nid, const char *value);

// Asks for alternative names in a certificate request.
int mt_request_add_names(X509_REQ *request, GENERAL_NAMES *names);

// Contexts and connections of TLS: macros as functions.
int mt_context_set_minimum_version(SSL_CTX *context, int version);
void mt_context_set_modes(SSL_CTX *context, long modes);
void mt_context_forget_sessions(SSL_CTX *context);
// Takes over the certificate when it returns 1.
int mt_context_add_chain(SSL_CTX *context, X509 *certificate);
// The certificates that lead to the authority of the context's own, in a list for the caller to free, or NULL if there are
// none; false if there is no memory.
bool mt_context_copy_chain(SSL_CTX *context, STACK_OF(X509) **chain);
void mt_chain_free(STACK_OF(X509) *chain);
// An index for SSL_CTX_set_ex_data. What is set by it is given to `release` when the context goes.
int mt_context_new_index(void (*release)(void *owner));
int mt_connection_set_server_name(SSL *connection, const char *name);
// Gives back what records are read into and written from, if nothing of a record is there.
void mt_connection_free_buffers(SSL *connection);
// The same for the connection of a transfer under way.
void mt_easy_free_buffers(CURL *easy);
// Whether an error of OpenSSL's queue is the end of a connection without TLS's farewell, or the end of a PEM text.
bool mt_is_end_of_file(unsigned long error);
bool mt_is_end_of_pem(unsigned long error);

// accept4 with SOCK_NONBLOCK and SOCK_CLOEXEC.
int mt_accept(int listener, struct sockaddr_storage *peer, socklen_t *length);

// Names the calling thread for people who look at threads; at most 15 bytes.
int mt_thread_set_name(const char *name);

#endif
