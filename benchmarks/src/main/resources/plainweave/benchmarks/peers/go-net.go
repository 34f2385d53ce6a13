// The peer go: CALLERS goroutines on CONNECTIONS connections. What it says and hears on its standard streams is
// described at the Java class Conversation.
// usage: go-net PORT CALLERS CONNECTIONS LIFETIME_SECONDS keep|connect|stream deadlines|none

package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/bits"
	"net"
	"os"
	"strconv"
	"sync/atomic"
	"time"
)

const (
	lineBytes = 64
	lastDigit = 19
	patience  = 30 * time.Second
)

var (
	address   string
	deadlines bool
	callers   []*caller
	window    atomic.Pointer[histogram]
)

func fail(why error) {
	fmt.Println("failed", why)
	os.Exit(1)
}

// 128 steps for each power of two, so a value is told within one percent. Any goroutine may record.
const (
	stepBits = 7
	steps    = 1 << stepBits
)

type histogram struct {
	buckets [(64 - stepBits) * steps]atomic.Int64
	longest atomic.Int64
}

func (h *histogram) record(nanos int64) {
	for longest := h.longest.Load(); nanos > longest; longest = h.longest.Load() {
		if h.longest.CompareAndSwap(longest, nanos) {
			break
		}
	}
	shift := 63 - bits.LeadingZeros64(uint64(nanos|steps)) - stepBits
	h.buckets[int64(shift)*steps+nanos>>shift].Add(1)
}

func (h *histogram) recorded() (all int64) {
	for i := range h.buckets {
		all += h.buckets[i].Load()
	}
	return
}

func (h *histogram) percentile(percent float64) int64 {
	wanted, seen := int64(float64(h.recorded())*percent/100+0.5), int64(0)
	for i := range h.buckets {
		seen += h.buckets[i].Load()
		if seen >= wanted && seen > 0 {
			shift := 0
			if i >= 2*steps {
				shift = i/steps - 1
			}
			value := int64(i-shift*steps)<<shift + 1<<shift - 1
			if longest := h.longest.Load(); value > longest {
				return longest
			}
			return value
		}
	}
	return 0
}

// The same line as the Java class Line, counted up the same way.
type caller struct {
	line             [lineBytes]byte
	reply            [lineBytes]byte
	exchanges        atomic.Int64
	exchangesAtStart int64
}

func newCaller(number int) *caller {
	c := &caller{}
	for i := range c.line {
		c.line[i] = '.'
	}
	copy(c.line[:], fmt.Sprintf("c%05d s%012d ", number, 0))
	c.line[lineBytes-1] = '\n'
	return c
}

func (c *caller) next() {
	for at := lastDigit; ; at-- {
		c.line[at]++
		if c.line[at] <= '9' {
			return
		}
		c.line[at] = '0'
	}
}

func (c *caller) exchange(conn net.Conn) {
	if deadlines {
		if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
			fail(err)
		}
	}
	if _, err := conn.Write(c.line[:]); err != nil {
		fail(err)
	}
	if _, err := io.ReadFull(conn, c.reply[:]); err != nil {
		fail(err)
	}
	if !bytes.Equal(c.line[:], c.reply[:]) {
		fail(fmt.Errorf("a wrong reply: sent '%s', got '%s'", c.line[:lineBytes-1], c.reply[:lineBytes-1]))
	}
}

// Makes exchanges for ever; a turn is one of them, from the wait for a connection to the checked reply.
func (c *caller) call(turn func()) {
	since := time.Now()
	for {
		c.next()
		turn()
		now := time.Now()
		window.Load().record(int64(now.Sub(since)))
		c.exchanges.Add(1)
		since = now
	}
}

// What the source sends; an exchange is one MiB.
const (
	chunkBytes       = 64 * 1024
	chunks           = 65536
	chunksOfExchange = 16
	headBytes        = 4 + 8
)

type download struct {
	conn net.Conn
	in   *bufio.Reader
	next uint64
}

func newDownload() *download {
	conn := dial()
	return &download{conn, bufio.NewReaderSize(conn, 256*1024), chunks}
}

func (d *download) exchange() {
	if deadlines {
		if err := d.conn.SetDeadline(time.Now().Add(patience)); err != nil {
			fail(err)
		}
	}
	for i := 0; i < chunksOfExchange; i++ {
		if d.next == chunks {
			if _, err := fmt.Fprintf(d.conn, "%d\n", chunks); err != nil {
				fail(err)
			}
			d.next = 0
		}
		head, err := d.in.Peek(headBytes)
		if err != nil {
			fail(err)
		}
		length, number := binary.BigEndian.Uint32(head), binary.BigEndian.Uint64(head[4:])
		if length != chunkBytes || number != d.next {
			fail(fmt.Errorf("a wrong chunk: expected number %d of %d bytes, got number %d of %d",
				d.next, chunkBytes, number, length))
		}
		if _, err := d.in.Discard(4 + chunkBytes); err != nil {
			fail(err)
		}
		d.next++
	}
}

func dial() net.Conn {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		fail(err)
	}
	return conn
}

func start() {
	for _, c := range callers {
		c.exchangesAtStart = c.exchanges.Load()
	}
	window.Store(new(histogram))
	fmt.Println("started")
}

func stop() {
	over := window.Swap(new(histogram))
	fmt.Println("stopped")
	fewest, most := int64(math.MaxInt64), int64(0)
	for _, c := range callers {
		made := c.exchanges.Load() - c.exchangesAtStart
		if made < fewest {
			fewest = made
		}
		if made > most {
			most = made
		}
	}
	fmt.Printf("result exchanges=%d p50_ns=%d p99_ns=%d p999_ns=%d max_ns=%d callers=%d fewest=%d most=%d\n",
		over.recorded(), over.percentile(50), over.percentile(99), over.percentile(99.9), over.longest.Load(),
		len(callers), fewest, most)
}

func number(argument int) int {
	value, err := strconv.Atoi(os.Args[argument])
	if err != nil {
		fail(err)
	}
	return value
}

func main() {
	if len(os.Args) != 7 {
		fail(errors.New("usage: PORT CALLERS CONNECTIONS LIFETIME_SECONDS keep|connect|stream deadlines|none"))
	}
	address = net.JoinHostPort("127.0.0.1", os.Args[1])
	connections := number(3)
	deadlines = os.Args[6] == "deadlines"
	time.AfterFunc(time.Duration(number(4))*time.Second, func() { fail(errors.New("it outlived its time")) })
	window.Store(new(histogram))
	for i := 0; i < number(2); i++ {
		callers = append(callers, newCaller(i))
	}

	connects, streams, pooled := os.Args[5] == "connect", os.Args[5] == "stream", len(callers) > connections
	pool := make(chan net.Conn, connections)
	for i := 0; pooled && i < connections; i++ {
		pool <- dial()
	}
	// All before the first exchange: callers at work would keep the others waiting for theirs.
	var kept []net.Conn
	for i := 0; !streams && !connects && !pooled && i < len(callers); i++ {
		kept = append(kept, dial())
	}
	for i, each := range callers {
		c := each
		switch {
		case streams:
			go c.call(newDownload().exchange)
		case connects:
			go c.call(func() {
				conn := dial()
				c.exchange(conn)
				conn.Close()
			})
		case pooled:
			go c.call(func() {
				conn := <-pool
				c.exchange(conn)
				pool <- conn
			})
		default:
			conn := kept[i]
			go c.call(func() { c.exchange(conn) })
		}
	}

	fmt.Println("ready")
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		switch in.Text() {
		case "start":
			start()
		case "stop":
			stop()
		}
	}
}
