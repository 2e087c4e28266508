/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * xml.c - a domain's XML: parsed, asked, patched; pure, bytes in and bytes out
 */
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <stdio.h>
#include <string.h>

#include "domain/interface.h"
#include "domain/tree.h"

static inline void *doc_free(xmlDoc *doc)
{
        xmlFreeDoc(doc);
        return NULL;
}
DEFINE_CLEANUP(xmlDoc *, doc_free)

static inline void *parser_free(xmlParserCtxt *parser)
{
        xmlFreeParserCtxt(parser);
        return NULL;
}
DEFINE_CLEANUP(xmlParserCtxt *, parser_free)

/* --- parsing --- */

static void keep_quiet(void *context _unused_, const char *message _unused_, ...)
{
}

/*
 * The parser stops at '<!DOCTYPE x', before anything that a DTD declares: what is never read can be
 * neither expanded nor fetched.
 */
static void refuse_dtd(void *context, const xmlChar *name _unused_, const xmlChar *id _unused_,
                       const xmlChar *system _unused_)
{
        xmlStopParser(context);
}

static bool was_refused(const xmlParserCtxt *parser)
{
        return parser->errNo == XML_ERR_USER_STOP;
}

static int parse_failed(xmlParserCtxt *parser, struct error *err)
{
        const xmlError *e = xmlCtxtGetLastError(parser);
        char text[256];

        if (was_refused(parser))
                return error_set_class(err, ERROR_USAGE, -EINVAL,
                                       "there is a <!DOCTYPE> in the XML, by which a few bytes "
                                       "become millions; remove it and write out what it declares, "
                                       "libvirt's own XML has none");
        /* Then there is often none for a message either, and a later error hides the first. */
        if (parser->errNo == XML_ERR_NO_MEMORY || (e && !e->message))
                return error_set_class(err, ERROR_USAGE, -EFBIG,
                                       "the XML takes more memory to read than there is, which is "
                                       "%u MiB at most; no domain's does",
                                       DOMAIN_MEMORY_MAX >> 20);
        if (e && (e->code == XML_ERR_UNSUPPORTED_ENCODING || e->code == XML_ERR_UNKNOWN_ENCODING))
                return error_set_class(err, ERROR_USAGE, -EINVAL,
                                       "the XML's encoding cannot be read; convert it to UTF-8, "
                                       "such as with iconv(1), and say so in its first line");
        snprintf(text, sizeof(text), "%s", e ? e->message : "malformed");
        text[strcspn(text, "\n")] = '\0';
        return error_set_class(err, ERROR_USAGE, -EINVAL, "malformed XML in line %d: %s",
                               e ? e->line : 0, text);
}

/* libxml2's own limits hold: 256 levels, 10 MB of text; XML_PARSE_HUGE would lift them. */
static int read_document(const char *xml, size_t len, xmlDoc **ret, struct error *err)
{
        _cleanup_(cleanup_parser_free) xmlParserCtxt *parser = xmlNewParserCtxt();
        _cleanup_(cleanup_doc_free) xmlDoc *doc = NULL;

        if (!parser)
                return error_set(err, -ENOMEM, "out of memory");
        parser->sax->internalSubset = refuse_dtd;
        doc = xmlCtxtReadMemory(parser, xml, (int)len, NULL, NULL,
                                XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
        /* What was read before the parser stopped is also a document. */
        if (!doc || was_refused(parser))
                return parse_failed(parser, err);
        *ret = take_ptr(doc);
        return 0;
}

static bool is_blank(const char *text, size_t len)
{
        for (size_t i = 0; i < len; i++)
                if (!strchr(" \t\r\n", text[i]) || text[i] == '\0')
                        return false;
        return true;
}

static int parse_domain(const char *xml, size_t len, xmlDoc **ret, struct error *err)
{
        _cleanup_(cleanup_doc_free) xmlDoc *doc = NULL;
        xmlNode *root;
        int r;

        if (len > DOMAIN_XML_MAX)
                return error_set_class(err, ERROR_USAGE, -EFBIG,
                                       "the XML is larger than %u bytes, no domain is",
                                       DOMAIN_XML_MAX);
        if (is_blank(xml, len))
                return error_set_class(err, ERROR_USAGE, -EINVAL,
                                       "the XML is empty; give a libvirt <domain>");
        if (memchr(xml, '\0', len))
                return error_set_class(err, ERROR_USAGE, -EINVAL, "there is a NUL byte in the XML");
        xmlSetGenericErrorFunc(NULL, keep_quiet);
        r = read_document(xml, len, &doc, err);
        if (r < 0)
                return r;
        root = xmlDocGetRootElement(doc);
        if (!tree_is_element(root, "domain"))
                return error_set_class(err, ERROR_USAGE, -EINVAL,
                                       "the XML is no libvirt domain: its root is <%.64s>",
                                       root ? (const char *)root->name : "");
        *ret = take_ptr(doc);
        return 0;
}

/* --- what a domain asks of podgraft --- */

#define NETWORK_NS "urn:podgraft:1"

/* <metadata><podgraft:network xmlns:podgraft="urn:podgraft:1" interface="eth0"/></metadata> */
static xmlNode *find_network(const xmlNode *domain)
{
        xmlNode *metadata = tree_child(domain, "metadata");

        for (xmlNode *node = metadata ? metadata->children : NULL; node; node = node->next)
                if (tree_is_element(node, "network") && node->ns &&
                    xmlStrEqual(node->ns->href, X(NETWORK_NS)))
                        return node;
        return NULL;
}

/* "key=value" and a NUL; a value has no NUL in it, XML knows none. */
static void put_pair(FILE *out, const char *prefix, const xmlChar *key, const xmlChar *value)
{
        fprintf(out, "%s%s=%s", prefix, (const char *)key, value ? (const char *)value : "");
        fputc('\0', out);
}

static void put_attributes(FILE *out, xmlNode *network)
{
        for (xmlAttr *attr = network->properties; attr; attr = attr->next) {
                xmlChar *value = xmlNodeListGetString(network->doc, attr->children, 1);

                put_pair(out, "attribute:", attr->name, value);
                xmlFree(value);
        }
}

static void put_child(FILE *out, xmlNode *interface, const char *element, const char *attribute,
                      const char *key)
{
        xmlNode *child = tree_child(interface, element);
        xmlChar *value = child ? xmlGetNoNsProp(child, X(attribute)) : NULL;

        if (value)
                put_pair(out, "", X(key), value);
        xmlFree(value);
}

/* Of each that names its tap: "tap:NAME" and its MAC. A name with a '=' in it is nobody's. */
static void put_taps(FILE *out, const xmlNode *devices)
{
        for (xmlNode *node = devices->children; node; node = node->next) {
                xmlNode *target =
                        tree_is_element(node, "interface") ? tree_child(node, "target") : NULL;
                xmlNode *mac = target ? tree_child(node, "mac") : NULL;
                xmlChar *tap = target ? xmlGetNoNsProp(target, X("dev")) : NULL;
                xmlChar *address = mac ? xmlGetNoNsProp(mac, X("address")) : NULL;

                if (tap && !strchr((const char *)tap, '='))
                        put_pair(out, "tap:", tap, address);
                xmlFree(tap);
                xmlFree(address);
        }
}

int domain_xml_network(const char *xml, size_t len, char **ret, size_t *ret_len, struct error *err)
{
        _cleanup_(cleanup_doc_free) xmlDoc *doc = NULL;
        _cleanup_free_ char *text = NULL;
        xmlNode *network, *devices, *interface;
        xmlChar *alias;
        size_t size = 0;
        FILE *out;
        int r;

        r = parse_domain(xml, len, &doc, err);
        if (r < 0)
                return r;
        network = find_network(xmlDocGetRootElement(doc));
        if (!network)
                return 0;
        out = open_memstream(&text, &size);
        if (!out)
                return error_set(err, -ENOMEM, "out of memory");
        put_pair(out, "", X("network"), X("yes"));
        put_attributes(out, network);
        alias = xmlGetNoNsProp(network, X("alias"));
        devices = tree_child(xmlDocGetRootElement(doc), "devices");
        interface = devices ? interface_find(devices, (const char *)alias) : NULL;
        xmlFree(alias);
        if (interface) {
                put_child(out, interface, "mac", "address", "mac");
                put_child(out, interface, "target", "dev", "target");
        }
        if (devices)
                put_taps(out, devices);
        if (fclose(out) != 0)
                return error_set(err, -ENOMEM, "out of memory");
        *ret = take_ptr(text);
        *ret_len = size;
        return 1;
}

/* --- the patch --- */

/* libxml2 writes the name of a namespace as it is; read again, these would be something else. */
static bool has_unwritable_namespace(const xmlNode *node)
{
        for (; node; node = node->next) {
                if (node->type != XML_ELEMENT_NODE)
                        continue;
                for (const xmlNs *ns = node->nsDef; ns; ns = ns->next)
                        if (ns->href && strpbrk((const char *)ns->href, "<&\t\r\n"))
                                return true;
                if (has_unwritable_namespace(node->children))
                        return true;
        }
        return false;
}

static int domain_name(const xmlDoc *doc, char **ret, struct error *err)
{
        const xmlNode *name = tree_child(xmlDocGetRootElement(doc), "name");
        xmlChar *text = name ? xmlNodeGetContent(name) : NULL;

        if (!text || !*text || strchr((const char *)text, '/') ||
            strchr((const char *)text, '\n')) {
                xmlFree(text);
                return error_set_class(err, ERROR_USAGE, -EINVAL,
                                       "the domain has no usable <name>");
        }
        *ret = strdup((const char *)text);
        xmlFree(text);
        return *ret ? 0 : error_set(err, -ENOMEM, "out of memory");
}

int domain_xml_patch(const char *xml, size_t len, const struct domain_interface *wanted, size_t n,
                     char **ret_xml, char **ret_name, struct error *err)
{
        _cleanup_(cleanup_doc_free) xmlDoc *doc = NULL;
        _cleanup_free_ char *name = NULL;
        xmlNode *devices;
        xmlChar *text = NULL;
        int text_len, r;

        if ((r = parse_domain(xml, len, &doc, err)) < 0 || (r = domain_name(doc, &name, err)) < 0)
                return r;
        devices = tree_child(xmlDocGetRootElement(doc), "devices");
        if (!devices)
                return error_set_class(err, ERROR_USAGE, -EINVAL,
                                       "the domain has no <devices>, so no place for the pod's "
                                       "interface");
        if (has_unwritable_namespace(xmlDocGetRootElement(doc)))
                return error_set_class(err, ERROR_USAGE, -EINVAL,
                                       "the name of an XML namespace has a '<', '&' or line break "
                                       "in it, which cannot be kept");
        r = interface_patch_all(devices, wanted, n);
        if (r == 0)
                xmlDocDumpMemory(doc, &text, &text_len);
        if (!text)
                return error_set(err, -ENOMEM, "out of memory");
        if ((unsigned)text_len > DOMAIN_XML_MAX) {
                xmlFree(text);
                return error_set_class(err, ERROR_USAGE, -EFBIG,
                                       "the XML with the pod's interfaces is larger than %u bytes, "
                                       "no domain is",
                                       DOMAIN_XML_MAX);
        }
        /* libxml2's own allocator is malloc's unless told otherwise. */
        *ret_xml = (char *)text;
        *ret_name = take_ptr(name);
        return 0;
}
