/* SPDX-License-Identifier: MIT */
/* Linker names and what is shown for them. */
#include "base/alloc.h"
#include "parse/demangle.h"
#include "unit.h"

static const struct {
	const char *raw, *shown;
	enum demangle_style style;
} cases[] = {
	/* C and compiler suffixes */
	{ "main", "main", DEMANGLE_NONE },
	{ "parse.constprop.0.isra.0", "parse", DEMANGLE_NONE },
	{ "hash_row.cold", "hash_row", DEMANGLE_NONE },
	{ "step.llvm.4143272897518537266", "step", DEMANGLE_NONE },
	{ "memcpy@@GLIBC_2.14", "memcpy", DEMANGLE_NONE },
	{ "strlen@plt", "strlen@plt", DEMANGLE_NONE },
	{ "", "", DEMANGLE_NONE },
	{ "_Z", "_Z", DEMANGLE_NONE },
	{ "_Zgarbage", "_Zgarbage", DEMANGLE_NONE },
	/* C++ */
	{ "_Znwm", "operator new", DEMANGLE_CPP },
	{ "_ZN4shop4CartD0Ev", "shop::Cart::~Cart", DEMANGLE_CPP },
	{ "_ZN4shop12_GLOBAL__N_16hiddenEi", "shop::(anonymous namespace)::hidden", DEMANGLE_CPP },
	{ "_ZNSt6vectorIiSaIiEE9push_backEOi", "std::vector<int>::push_back", DEMANGLE_CPP },
	{ "_ZNSt6vectorIiSaIiEE9push_backEOi@plt", "std::vector<int>::push_back@plt",
		DEMANGLE_CPP },
	{ "_ZNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEE10_M_disposeEv",
		"std::string::_M_dispose", DEMANGLE_CPP },
	{ "_ZNSt13unordered_mapINSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEEiSt4hashIS5_"
	  "ESt8equal_"
	  "toIS5_ESaISt4pairIKS5_iEEEixERS9_",
		"std::unordered_map<std::string, int>::operator[]", DEMANGLE_CPP },
	{ "_ZSt16__introsort_loopIN9__gnu_cxx17__normal_iteratorIPiSt6vectorIiSaIiEEEElNS0_5__"
	  "ops15_Iter_"
	  "less_iterEEvT_S9_T0_T1_.isra.0",
		"std::__introsort_loop<...>", DEMANGLE_CPP },
	{ "_ZZN4shop3runERNS_4CartEiENKUliE_clEi", "shop::run()::{lambda#1}::operator()",
		DEMANGLE_CPP },
	{ "_ZThn16_N3app6Widget4drawEv", "app::Widget::draw", DEMANGLE_CPP },
	{ "_ZNK3app5ValuecvbEv", "app::Value::operator bool", DEMANGLE_CPP },
	{ "_ZlsRSoRKN3app5ValueE", "operator<<", DEMANGLE_CPP },
	{ "_ZStltIcSt11char_traitsIcESaIcEEbRKNSt7__cxx1112basic_stringIT_T0_T1_EESA_",
		"std::operator< <char>", DEMANGLE_CPP },
	/* Rust, legacy */
	{ "_ZN4main5build17h0123456789abcdefE", "main::build", DEMANGLE_RUST },
	{ "_ZN4main4main28_$u7b$$u7b$closure$u7d$$u7d$17h0123456789abcdefE",
		"main::main::{{closure}}", DEMANGLE_RUST },
	{ "_ZN5alloc3vec16Vec$LT$T$C$A$GT$4push17h0123456789abcdefE", "alloc::vec::Vec<T,A>::push",
		DEMANGLE_RUST },
	{ "_ZN3std6thread9lifecycle18JoinInner$LT$T$GT$4join17h13f642385308d6c8E",
		"std::thread::lifecycle::JoinInner<T>::join", DEMANGLE_RUST },
	{ "_ZN4core3num23_$LT$impl$u20$usize$GT$5ilog217h8c289bf23f89379dE",
		"core::num::<impl usize>::ilog2", DEMANGLE_RUST },
	/* Rust, v0 */
	{ "_RNvNtCs123_4main5store5price", "main::store::price", DEMANGLE_RUST },
	{ "_RNvXs_NtCs32gj3y4fnmh_4main5storeNtB4_4ItemNtB4_5Price5price",
		"<main::store::Item as main::store::Price>::price", DEMANGLE_RUST },
	{ "_RNCNvCs32gj3y4fnmh_4main4main0B3_", "main::main::{closure#0}", DEMANGLE_RUST },
	{ "_RNvMs_NtCs32gj3y4fnmh_4main5storeINtB4_5ShelfNtB4_4ItemE5total",
		"main::store::Shelf<Item>::total", DEMANGLE_RUST },
	{ "_RINvNtCsgEmfK2I1SDS_4core3ptr13drop_in_placeNtNtCslNYArtu3iFV_"
	  "5alloc6string6StringECs32gj3y4fnmh_"
	  "4main",
		"core::ptr::drop_in_place", DEMANGLE_RUST },
};

static void names(void **state)
{
	_cleanup_(buf_done) struct buf out = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(demangle(cases[i].raw, &out), cases[i].style);
		assert_string_equal(buf_cstr(&out), cases[i].shown);
	}
}

static void names_of_debug_information(void **state)
{
	static const struct {
		const char *name, *shown;
	} cpp[] = {
		{ "std::thread::_Invoker<std::tuple<main()::<lambda(int)> > >::operator()",
			"std::thread::_Invoker<std::tuple<main()::{lambda}>>::operator()" },
		{ "add<int>", "add<int>" },
		{ "operator-><char>", "operator-><char>" },
		{ "unbalanced<<<(", "unbalanced<<<(" },
	}, rust[] = {
		{ "push<alloc::string::String, alloc::alloc::Global>", "push<String>" },
		{ "<alloc::vec::Vec<u8>>::push", "alloc::vec::Vec<u8>::push" },
		{ "unbalanced<<<", "unbalanced<<<" },
	};
	_cleanup_(buf_done) struct buf out = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(cpp); i++) {
		demangle_shorten_cpp(cpp[i].name, &out);
		assert_string_equal(buf_cstr(&out), cpp[i].shown);
	}
	for (size_t i = 0; i < ARRAY_LEN(rust); i++) {
		demangle_shorten_rust(rust[i].name, &out);
		assert_string_equal(buf_cstr(&out), rust[i].shown);
	}
}

static void equal_builds_give_equal_names(void **state)
{
	_cleanup_(buf_done) struct buf legacy = { 0 }, v0 = { 0 };

	demangle("_ZN4main5store5price17h0123456789abcdefE", &legacy);
	demangle("_RNvNtCs123_4main5store5price", &v0);
	assert_string_equal(buf_cstr(&legacy), buf_cstr(&v0));
}

/* Each substitution doubles the name: 40 of them describe a terabyte. */
static void exponential_names_are_stopped(void **state)
{
	_cleanup_(buf_done) struct buf name = { 0 }, out = { 0 };

	buf_puts(&name, "_Z1fI1pIiiE");
	for (int i = 0; i < 40; i++) {
		static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
		char s[8];

		/* 1pI<previous><previous>E */
		if (i < 36)
			snprintf(s, sizeof(s), "S%c_", digits[i]);
		else
			snprintf(s, sizeof(s), "S1%c_", digits[i - 36]);
		buf_printf(&name, "1pI%s%sE", s, s);
	}
	buf_puts(&name, "Evv");
	demangle(buf_cstr(&name), &out);
	assert_true(out.n <= DEMANGLE_MAX_OUTPUT);
}

static void long_names_are_cut(void **state)
{
	_cleanup_(buf_done) struct buf out = { 0 };
	_cleanup_(freep) char *name = xmalloc(100001);

	memset(name, 'x', 100000);
	name[100000] = '\0';
	demangle(name, &out);
	assert_int_equal(out.n, DEMANGLE_MAX_INPUT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(names_of_debug_information),
		cmocka_unit_test(equal_builds_give_equal_names),
		cmocka_unit_test(exponential_names_are_stopped),
		cmocka_unit_test(long_names_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
