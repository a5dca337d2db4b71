-- The load, for wrk: sends the requests of a file one after the other and
-- begins again at its end. A request there is its length, a line end, and its
-- bytes. Arguments: FILE [COUNT [RATE]]; with COUNT it ends after so many
-- answers, with RATE it sends no more than so many a second, evenly.
-- It prints one line of JSON for Bench::Wrk.

local threads = {}

function setup(thread)
    threads[#threads + 1] = thread
end


function init(args)
    local file = assert(io.open(args[1], "rb"))

    requests = {}
    at = 0

    while true do
        local length = file:read("*n")
        if not length then break end

        file:read(1)
        requests[#requests + 1] = file:read(length)
    end

    file:close()

    local count, rate = tonumber(args[2] or 0), tonumber(args[3] or 0)

    if count > 0 then stop_after(count) end
    if rate > 0 then send_evenly(rate) end
end


function request()
    at = at + 1
    if at > #requests then at = 1 end

    return requests[at]
end


function stop_after(count)
    local ffi = require("ffi")
    local answers = 0

    ffi.cdef "int getpid(void); int kill(int pid, int signal);"

    response = function()
        answers = answers + 1

        if answers == count then
            -- the other thread sleeps until the end, or SIGINT
            wrk.thread:stop()
            ffi.C.kill(ffi.C.getpid(), 2)
        end
    end
end


-- The milliseconds that a connection waits before it sends.
function send_evenly(rate)
    local ffi = require("ffi")

    ffi.cdef [[
        typedef struct { long sec, nsec; } bench_time;
        int clock_gettime(int clock, bench_time *time);
    ]]

    local time = ffi.new("bench_time")
    local step, due = 1000 / rate, 0

    delay = function()
        ffi.C.clock_gettime(1, time)

        local now = tonumber(time.sec) * 1000 + tonumber(time.nsec) / 1e6

        -- what is late is not made up for: that would be a burst
        due = math.max(due + step, now)

        return math.floor(due - now + 0.5)
    end
end


function done(summary, latency, _)
    local e = summary.errors

    io.write(string.format('BENCH {"requests":%d,"seconds":%.6f,'
        .. '"p50":%d,"p99":%d,"p999":%d,"max":%d,'
        .. '"broken":%d,"refused":%d}\n',
        summary.requests, summary.duration / 1e6,
        latency:percentile(50), latency:percentile(99),
        latency:percentile(99.9), latency.max,
        e.connect + e.read + e.write + e.timeout, e.status))
end
