#include "cjson.h"

#include <simdjson.h>

#include <cstring>
#include <memory>
#include <new>
#include <type_traits>

namespace dom = simdjson::dom;

struct cjson_document {
    dom::parser parser;
    dom::element root;
    size_t depth = 0;
};

namespace {

// A parser holds buffers of about 14 times its largest text, so that only parsers of small texts are kept.
constexpr size_t kept_bytes = 64 * 1024;

thread_local std::unique_ptr<cjson_document> spare;

// simdjson's handles are a document pointer and a place on its tape, which is what our C structs hold. They are copied
// as bytes; the assertions stop the build if a later simdjson changes their shape.
template <typename To, typename From>
To copy_bytes(const From &from) {
    static_assert(sizeof(To) == sizeof(From), "simdjson's handles have another size");
    static_assert(std::is_trivially_copyable<From>::value, "simdjson's handles own something");
    static_assert(std::is_trivially_copyable<To>::value, "simdjson's handles own something");
    To to;
    std::memcpy(static_cast<void *>(&to), static_cast<const void *>(&from), sizeof(To));
    return to;
}

dom::element element_of(cjson_value value) { return copy_bytes<dom::element>(value); }

std::unique_ptr<cjson_document> take_document(size_t max_depth) {
    if (spare && spare->depth == max_depth) {
        return std::move(spare);
    }
    std::unique_ptr<cjson_document> document(new (std::nothrow) cjson_document());
    // simdjson's own bound is the first depth that it refuses.
    if (!document || document->parser.allocate(dom::MINIMAL_DOCUMENT_CAPACITY, max_depth + 1)) {
        return nullptr;
    }
    document->depth = max_depth;
    return document;
}

template <typename Container>
cjson_children children_of(Container container) {
    return {copy_bytes<cjson_value>(container.begin()), copy_bytes<cjson_value>(container.end())};
}

}  // namespace

extern "C" cjson_document *cjson_parse(const uint8_t *bytes, size_t length, size_t max_depth, const char **error) {
    std::unique_ptr<cjson_document> document = take_document(max_depth);
    if (!document) {
        *error = simdjson::error_message(simdjson::MEMALLOC);
        return nullptr;
    }
    simdjson::error_code code = document->parser.parse(bytes, length).get(document->root);
    if (code != simdjson::SUCCESS) {
        *error = simdjson::error_message(code);
        cjson_release(document.release());
        return nullptr;
    }
    return document.release();
}

extern "C" void cjson_release(cjson_document *document) {
    std::unique_ptr<cjson_document> owned(document);
    if (owned && owned->parser.capacity() <= kept_bytes) {
        spare = std::move(owned);
    }
}

extern "C" cjson_value cjson_root(const cjson_document *document) { return copy_bytes<cjson_value>(document->root); }

extern "C" cjson_scalar cjson_read(cjson_value value) {
    const dom::element element = element_of(value);
    cjson_scalar scalar{};
    switch (element.type()) {
    case dom::element_type::NULL_VALUE:
        scalar.kind = cjson_kind_null;
        break;
    case dom::element_type::BOOL:
        scalar.kind = cjson_kind_bool;
        scalar.boolean = element.get_bool().value_unsafe();
        break;
    case dom::element_type::INT64:
        scalar.kind = cjson_kind_int;
        scalar.integer = element.get_int64().value_unsafe();
        break;
    case dom::element_type::UINT64:  // only what int64 does not hold
    case dom::element_type::DOUBLE:
        scalar.kind = cjson_kind_double;
        scalar.number = element.get_double().value_unsafe();
        break;
    case dom::element_type::STRING:
        scalar.kind = cjson_kind_string;
        scalar.text = element.get_c_str().value_unsafe();
        scalar.length = element.get_string_length().value_unsafe();
        break;
    case dom::element_type::ARRAY:
        scalar.kind = cjson_kind_array;
        scalar.length = element.get_array().value_unsafe().size();
        break;
    case dom::element_type::OBJECT:
        scalar.kind = cjson_kind_object;
        scalar.length = element.get_object().value_unsafe().size();
        break;
    }
    return scalar;
}

extern "C" cjson_children cjson_array_children(cjson_value array) {
    return children_of(element_of(array).get_array().value_unsafe());
}

extern "C" cjson_children cjson_object_children(cjson_value object) {
    return children_of(element_of(object).get_object().value_unsafe());
}

extern "C" bool cjson_next_element(cjson_children *children, cjson_value *element) {
    auto current = copy_bytes<dom::array::iterator>(children->next);
    if (!(current != copy_bytes<dom::array::iterator>(children->end))) {
        return false;
    }
    *element = copy_bytes<cjson_value>(*current);
    children->next = copy_bytes<cjson_value>(++current);
    return true;
}

extern "C" bool cjson_next_member(cjson_children *children, const char **key, size_t *key_length, cjson_value *value) {
    auto current = copy_bytes<dom::object::iterator>(children->next);
    if (!(current != copy_bytes<dom::object::iterator>(children->end))) {
        return false;
    }
    const std::string_view name = current.key();
    *key = name.data();
    *key_length = name.size();
    *value = copy_bytes<cjson_value>(current.value());
    children->next = copy_bytes<cjson_value>(++current);
    return true;
}
