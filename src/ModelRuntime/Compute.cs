using ModelTensors;
using ModelTensors.Devices;
using ModelTensors.Devices.Cpu;

namespace ModelRuntime;

/// <summary>What a model computes with: the device, threads for what is no product, and memory that batches use again. For one batch at a time.</summary>
internal sealed class Compute : IDisposable
{
    // What is shared out in smaller pieces than this costs more than it saves.
    private const long SmallestShare = 16 * 1024;

    private readonly Dictionary<int, List<Rows>> _idle = [];
    private readonly bool _ownsDevice;

    public Compute(RuntimeOptions? options)
    {
        options ??= new RuntimeOptions();
        Threads = options.Threads;
        _ownsDevice = options.Device is null;
        Device = options.Device ?? new CpuDevice(new CpuDeviceOptions { Threads = options.Threads });
    }

    public TensorDevice Device { get; }

    public int Threads { get; }

    /// <summary>Takes memory for rows; what is in it is undefined.</summary>
    public Rows Rent(int rows, int columns)
    {
        lock (_idle)
        {
            if (_idle.TryGetValue(columns, out List<Rows>? idle))
            {
                int best = -1;
                for (int i = 0; i < idle.Count; i++)
                {
                    if (idle[i].Capacity >= rows && (best < 0 || idle[i].Capacity < idle[best].Capacity))
                    {
                        best = i;
                    }
                }

                if (best >= 0)
                {
                    Rows found = idle[best];
                    idle.RemoveAt(best);
                    found.Count = rows;
                    return found;
                }

                // All are too short: one makes room for the longer one, so that memory does not grow with every new length.
                if (idle.Count > 0)
                {
                    idle[^1].Dispose();
                    idle.RemoveAt(idle.Count - 1);
                }
            }
        }

        return new Rows(rows, columns) { Count = rows };
    }

    /// <summary>Copies rows into memory that is taken for them.</summary>
    public Rows Copy(Rows rows)
    {
        Rows copy = Rent(rows.Count, rows.Columns);
        rows.CopyTo(copy);
        return copy;
    }

    /// <summary>Gives memory back.</summary>
    public void Return(params ReadOnlySpan<Rows?> several)
    {
        lock (_idle)
        {
            foreach (Rows? rows in several)
            {
                if (rows is not null)
                {
                    if (!_idle.TryGetValue(rows.Columns, out List<Rows>? idle))
                    {
                        _idle.Add(rows.Columns, idle = []);
                    }

                    idle.Add(rows);
                }
            }
        }
    }

    /// <summary>Runs a body for each of some independent pieces, in any order and on several threads where the work is worth it.</summary>
    /// <param name="count">The number of pieces.</param>
    /// <param name="elements">The number of elements of a piece.</param>
    /// <param name="body">Called with the number of each.</param>
    /// <param name="cancellationToken">Stops between pieces.</param>
    public void For(int count, long elements, Action<int> body, CancellationToken cancellationToken = default)
    {
        int workers = (int)Math.Min(Math.Min(Threads, count), Math.Max(1, count * elements / SmallestShare));
        if (workers <= 1)
        {
            for (int i = 0; i < count; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                body(i);
            }

            return;
        }

        Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = workers, CancellationToken = cancellationToken }, body);
    }

    /// <summary>Runs a body for blocks of rows.</summary>
    /// <param name="rows">The number of rows.</param>
    /// <param name="columns">The number of elements of a row.</param>
    /// <param name="body">Called with the first row of a block and the one behind its last.</param>
    public void ForRows(int rows, int columns, Action<int, int> body)
    {
        int block = (int)Math.Max(1, SmallestShare / 4 / Math.Max(columns, 1));
        int blocks = (rows + block - 1) / block;
        For(blocks, (long)block * columns, i => body(i * block, Math.Min(rows, (i + 1) * block)));
    }

    public void Dispose()
    {
        foreach (Rows rows in _idle.Values.SelectMany(idle => idle))
        {
            rows.Dispose();
        }

        _idle.Clear();
        if (_ownsDevice)
        {
            Device.Dispose();
        }
    }
}
