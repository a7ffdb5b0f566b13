/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Caches come and go in any order: is each that is there found by its name,
 * and none that is gone?
 */

#include "tests/unit/slab_machine.h"

#include "sim/base/scatter.h"

#define NAMES 300u
#define ROUNDS 4000u
/* Numbers so far apart that many want the same place in the hash. */
#define NUMBER(name) ((name) << 7)

static void expect_found(const struct slab_machine_fixture *m,
			 struct slab_cache *const *cache)
{
	for (uint32_t name = 1; name <= NAMES; name++)
		assert_ptr_equal(slab_cache_find(m->caches, NUMBER(name)),
				 cache[name]);
}

/* Expect: whatever was created and destroyed before. */
static void caches_come_and_go(void **state)
{
	static struct slab_cache *cache[NAMES + 1];
	struct slab_machine_fixture m;

	(void)state;
	machine_init(&m, 1);
	for (uint64_t i = 0; i < ROUNDS; i++) {
		uint32_t name =
			1 + (uint32_t)((i * GOLDEN_RATIO >> 32) * NAMES >> 32);

		if (cache[name]) {
			assert_int_equal(slab_cache_destroy(m.caches,
							    NUMBER(name), 0),
					 0);
			cache[name] = NULL;
		} else {
			cache[name] = cache_create(&m, NUMBER(name), 64, 0, 0);
		}
		if (i % 16 == 0)
			expect_found(&m, cache);
	}
	expect_found(&m, cache);
	machine_release(&m);
}

/* Expect: nobody may have the text of another cache, whatever its number. */
static void a_text_is_there_once(void **state)
{
	struct slab_cache_request request = { .name = NUMBER(1),
					      .text = "kmalloc-64",
					      .size = 64 };
	struct slab_machine_fixture m;

	(void)state;
	machine_init(&m, 1);
	assert_int_equal(slab_cache_create(m.caches, &request),
			 SLAB_CREATE_EXISTS);
	assert_null(slab_cache_find(m.caches, NUMBER(1)));
	request.text = "kmalloc-65";
	assert_int_equal(slab_cache_create(m.caches, &request), SLAB_CREATED);
	request.name = NUMBER(2);
	assert_int_equal(slab_cache_create(m.caches, &request),
			 SLAB_CREATE_EXISTS);
	machine_release(&m);
}

/* Expect: a name that was refused is known as such, and may come again. */
static void refused_names_are_remembered(void **state)
{
	struct slab_machine_fixture m;

	(void)state;
	machine_init(&m, 1);
	for (uint32_t name = 1; name <= NAMES; name++)
		assert_int_equal(cache_create_as(&m, NUMBER(name), UINT32_MAX,
						 0, 0),
				 SLAB_CREATE_TOO_BIG);
	for (uint32_t name = 1; name <= NAMES; name += 3)
		cache_create(&m, NUMBER(name), 64, 0, 0);
	for (uint32_t name = 1; name <= NAMES; name++) {
		assert_int_equal(slab_cache_was_refused(m.caches, NUMBER(name)),
				 name % 3 != 1);
		assert_int_equal(slab_cache_find(m.caches, NUMBER(name)) !=
					 NULL,
				 name % 3 == 1);
	}
	machine_release(&m);
}

static enum slab_create_status create_called(struct slab_machine_fixture *m,
					     uint32_t name, const char *text)
{
	return cache_create_called(m, text, name, 200, 0, 0);
}

/*
 * Expect: no two caches are called the same, the kernel's own included; one
 * that lives on under another's name, which it was merged with, is still called
 * what it was; what is gone may come again.
 */
static void no_two_are_called_the_same(void **state)
{
	struct slab_machine_fixture m;

	(void)state;
	machine_describe(&m, 1);
	m.desc.slab_merge = true;
	machine_start(&m);
	assert_int_equal(create_called(&m, 1, "kmalloc-64"),
			 SLAB_CREATE_EXISTS);
	assert_int_equal(create_called(&m, 2, "first"), SLAB_CREATED);
	assert_int_equal(create_called(&m, 3, "second"), SLAB_CREATED);
	assert_ptr_equal(slab_cache_find(m.caches, 2),
			 slab_cache_find(m.caches, 3));
	assert_int_equal(create_called(&m, 4, "first"), SLAB_CREATE_EXISTS);
	slab_cache_destroy(m.caches, 2, 0);
	assert_int_equal(create_called(&m, 2, "first"), SLAB_CREATE_EXISTS);
	slab_cache_destroy(m.caches, 3, 0);
	assert_int_equal(create_called(&m, 2, "first"), SLAB_CREATED);
	assert_int_equal(create_called(&m, 3, "first"), SLAB_CREATE_EXISTS);
	machine_release(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(caches_come_and_go),
		cmocka_unit_test(a_text_is_there_once),
		cmocka_unit_test(refused_names_are_remembered),
		cmocka_unit_test(no_two_are_called_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
