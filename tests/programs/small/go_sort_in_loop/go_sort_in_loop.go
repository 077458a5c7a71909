package main

import (
	"fmt"
	"sort"
)

type Post struct {
	at, likes int
}
type Feed struct{ posts []Post }

func (f *Feed) add(p Post) {
	f.posts = append(f.posts, p)
	sort.Slice(f.posts, func(i, j int) bool { return f.posts[i].likes > f.posts[j].likes })
}

func main() {
	f := &Feed{}
	x := uint32(1)
	for i := 0; i < 9000; i++ {
		x = x*1664525 + 1013904223
		f.add(Post{i, int(x >> 9)})
	}
	fmt.Println(f.posts[0], len(f.posts))
}
