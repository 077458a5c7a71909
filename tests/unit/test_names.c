/* SPDX-License-Identifier: MIT */
/* Plain function names. */
#include "analyze/names.h"
#include "unit.h"

static const struct {
	const char *display, *plain, *last;
	bool closure;
} cases[] = {
	{ "main", "main", "main", false },
	{ "page_add(Page*, char const*)", "page_add", "page_add", false },
	{ "void std::stable_sort<It<Setting*>, bool (*)(Setting const&)>(It<Setting*>, int)",
		"std::stable_sort", "stable_sort", false },
	{ "std::vector<Trip, std::allocator<Trip> >::vector(std::vector<Trip> const&)",
		"std::vector::vector", "vector", false },
	{ "bool std::operator==<char>(std::string const&, char const*)",
		"std::operator==", "operator==", false },
	{ "std::ostream& std::operator<< <char>(std::ostream&, char)", "std::operator<<",
		"operator<<", false },
	{ "operator new(unsigned long)", "operator new", "operator new", false },
	{ "Plate::operator()(int) const", "Plate::operator()", "operator()", false },
	{ "(anonymous namespace)::extract(std::string const&)", "extract", "extract", false },
	{ "quantise_image(std::vector<unsigned char>&)::{lambda()#1}::operator()() const",
		"quantise_image", "quantise_image", true },
	{ "std::thread::_State_impl<std::thread::_Invoker<std::tuple<f(int)::{lambda()#1}> > "
	  ">::_M_run()",
		"std::thread::_State_impl::_M_run", "_M_run", false },
	{ "taglist::Vocabulary::id_of::{closure#0}", "taglist::Vocabulary::id_of", "id_of", true },
	{ "taglist::Vocabulary::id_of::{{closure}}", "taglist::Vocabulary::id_of", "id_of", true },
	{ "<railsim::Network as core::clone::Clone>::clone",
		"<railsim::Network as core::clone::Clone>::clone", "clone", false },
	{ "alloc::vec::Vec<T,A>::push", "alloc::vec::Vec::push", "push", false },
	{ "core::ptr::copy::<u8>", "core::ptr::copy", "copy", false },
	{ "railsim::forecast::h0123456789abcdef", "railsim::forecast", "forecast", false },
	{ "main.(*Hub).publish", "main.(*Hub).publish", "publish", false },
	{ "main.redeem.func1", "main.redeem", "redeem", true },
	{ "main.Map[go.shape.int]", "main.Map", "Map", false },
	{ "runtime.goexit.abi0", "runtime.goexit", "goexit", false },
	{ "encode.constprop.0", "encode", "encode", false },
	{ "split_key.isra.0", "split_key", "split_key", false },
	{ "handle.cold", "handle", "handle", false },
	{ "pthread_mutex_lock@@GLIBC_2.2.5", "pthread_mutex_lock", "pthread_mutex_lock", false },
	{ "__GI___libc_write", "__libc_write", "__libc_write", false },
	{ "[libc.so.6+0x1234]", "[libc.so.6+0x1234]", "6+0x1234]", false },
	{ "wanted.<locals>.<genexpr>", "wanted", "wanted", true },
	{ "Desk.cards.<locals>.<listcomp>", "Desk.cards", "cards", true },
	{ "outer.<locals>.inner", "outer.<locals>.inner", "inner", false },
	{ "{closure#0}", "", "", true },
	{ "", "", "", false },
	{ "broken<", "broken", "broken", false },
	{ "f(", "f", "f", false },
};

static void names_are_plain(void **state)
{
	struct buf b = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		bool closure;

		name_plain(cases[i].display, &b, &closure);
		assert_string_equal(buf_cstr(&b), cases[i].plain);
		assert_int_equal(closure, cases[i].closure);
		assert_string_equal(name_last(buf_cstr(&b)), cases[i].last);
	}
	buf_done(&b);
}

static void special_members(void **state)
{
	assert_true(name_is_special_member("Trip::Trip"));
	assert_true(name_is_special_member("a::Trip::~Trip"));
	assert_true(name_is_special_member("Trip::operator="));
	assert_false(name_is_special_member("Trip::trip"));
	assert_false(name_is_special_member("Trip"));
	assert_false(name_is_special_member("OtherTrip::Trip"));
	assert_true(name_is_operator("a::operator<"));
	assert_false(name_is_operator("a::operate"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_plain),
		cmocka_unit_test(special_members),
	};

	return cmocka_run_group_tests_name("names", tests, NULL, NULL);
}
