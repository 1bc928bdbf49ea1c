// A C face for simdjson: parse bytes to a tape, then read it value by value without allocation.
#ifndef CJSON_H
#define CJSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// A parsed text and the parser that owns it. One thread at a time.
typedef struct cjson_document cjson_document;

// A place in a document; valid until the document is released.
typedef struct {
    const void *document;
    size_t place;
} cjson_value;

typedef enum {
    cjson_kind_null,
    cjson_kind_bool,
    cjson_kind_int,
    cjson_kind_double,
    cjson_kind_string,
    cjson_kind_array,
    cjson_kind_object,
} cjson_kind;

// One value as read: `kind` says which fields hold something. `text` is UTF-8, unescaped, `length` bytes long, not
// terminated by them (U+0000 may occur within), and lives as long as the document.
typedef struct {
    cjson_kind kind;
    bool boolean;
    int64_t integer;
    double number;
    const char *text;
    size_t length;  // of a string in bytes; of an array or object in children, capped at 0xFFFFFF
} cjson_scalar;

// Walks the children of an array or object; valid until the document is released.
typedef struct {
    cjson_value next;
    cjson_value end;
} cjson_children;

// Parses `length` bytes, which need no padding and may go away afterwards. Fails on texts nested deeper than
// `max_depth`, with text after the value, invalid UTF-8, lone surrogates, and numbers that neither 64 bits nor a finite
// double hold. Returns NULL and sets `*error` (a constant text) on failure.
//
// Each thread keeps the parser of its last small document for the next call.
cjson_document *cjson_parse(const uint8_t *bytes, size_t length, size_t max_depth, const char **error);
void cjson_release(cjson_document *document);

cjson_value cjson_root(const cjson_document *document);
cjson_scalar cjson_read(cjson_value value);

// Of a value that `cjson_read` told to be an array or an object.
cjson_children cjson_array_children(cjson_value array);
cjson_children cjson_object_children(cjson_value object);

// Moves on. False at the end, with nothing written.
bool cjson_next_element(cjson_children *children, cjson_value *element);
bool cjson_next_member(cjson_children *children, const char **key, size_t *key_length, cjson_value *value);

#ifdef __cplusplus
}
#endif

#endif
