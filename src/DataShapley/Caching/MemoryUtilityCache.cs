using System.Collections.Concurrent;
using DataShapley.Games;

namespace DataShapley.Caching;

/// <summary>Remembers values in memory, the newest up to a number of bytes.</summary>
public sealed class MemoryUtilityCache : IUtilityCache
{
    // What the tables and the coalition cost beside its bits.
    private const int EntryBytes = 200;

    private readonly ConcurrentDictionary<(string Utility, Coalition Coalition), double> _values = new();
    private readonly ConcurrentQueue<(string Utility, Coalition Coalition)> _order = new();
    private readonly long _maximumBytes;
    private long _bytes;

    /// <summary>Creates a cache.</summary>
    /// <param name="maximumBytes">About how much memory it takes at most, above zero; 256 MiB by default.</param>
    public MemoryUtilityCache(long maximumBytes = 256L << 20)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maximumBytes);
        _maximumBytes = maximumBytes;
    }

    /// <summary>Gets how many values it remembers.</summary>
    public int Count => _values.Count;

    /// <inheritdoc />
    public bool TryGet(string utility, Coalition coalition, out double value) => _values.TryGetValue((utility, coalition), out value);

    /// <inheritdoc />
    public void Add(string utility, Coalition coalition, double value)
    {
        ArgumentNullException.ThrowIfNull(coalition);
        if (!_values.TryAdd((utility, coalition), value))
        {
            return;
        }

        _order.Enqueue((utility, coalition));
        long bytes = Interlocked.Add(ref _bytes, Bytes(coalition));
        while (bytes > _maximumBytes && _order.TryDequeue(out (string Utility, Coalition Coalition) oldest))
        {
            _values.TryRemove(oldest, out _);
            bytes = Interlocked.Add(ref _bytes, -Bytes(oldest.Coalition));
        }
    }

    private static long Bytes(Coalition coalition) => EntryBytes + (coalition.Words.Length * sizeof(ulong));
}
