using System.Runtime.ExceptionServices;

namespace ModelTensors.Devices.Cpu;

/// <summary>Threads that wait for work. They are the device's own, because their blocking reads would starve the shared pool.</summary>
internal sealed class WorkerPool : IDisposable
{
    private readonly Lock _turn = new();
    private readonly SemaphoreSlim _start = new(0);
    private readonly Thread[] _threads;
    private Job? _job;
    private volatile bool _stopping;

    /// <summary>Starts the threads.</summary>
    /// <param name="size">The number of threads besides the caller's.</param>
    public WorkerPool(int size)
    {
        _threads = new Thread[size];
        for (int i = 0; i < size; i++)
        {
            _threads[i] = new Thread(WaitForWork) { IsBackground = true, Name = "ModelTensors worker" };
            _threads[i].Start();
        }
    }

    /// <summary>Runs a body once for each worker index, the caller being one of the workers; throws what the first failing one threw.</summary>
    /// <param name="workers">At most one more than the size of the pool.</param>
    /// <param name="body">Gets the worker's index; ends soon after <see cref="WorkerFailure.HasFailed"/>.</param>
    public void Run(int workers, Action<int, WorkerFailure> body)
    {
        if (workers <= 1)
        {
            body(0, new WorkerFailure());
            return;
        }

        lock (_turn)
        {
            using Job job = new(body, workers - 1);
            _job = job;
            _start.Release(workers - 1);
            job.Work(0);
            job.Finished.Wait();
            _job = null;
            job.Failure.Throw();
        }
    }

    public void Dispose()
    {
        lock (_turn)
        {
            if (_stopping)
            {
                return;
            }

            _stopping = true;
            _start.Release(Math.Max(1, _threads.Length));
            foreach (Thread thread in _threads)
            {
                thread.Join();
            }

            _start.Dispose();
        }
    }

    private void WaitForWork()
    {
        while (true)
        {
            _start.Wait();
            if (_stopping)
            {
                return;
            }

            Job job = _job!;
            job.Work(job.NextWorker());
            job.Finished.Signal();
        }
    }

    private sealed class Job(Action<int, WorkerFailure> body, int helpers) : IDisposable
    {
        private int _lastWorker;

        public WorkerFailure Failure { get; } = new();

        public CountdownEvent Finished { get; } = new(helpers);

        public int NextWorker() => Interlocked.Increment(ref _lastWorker);

        public void Work(int worker) => Failure.Guard(() => body(worker, Failure));

        public void Dispose() => Finished.Dispose();
    }
}

/// <summary>The first failure among workers.</summary>
internal sealed class WorkerFailure
{
    private ExceptionDispatchInfo? _first;

    public bool HasFailed => Volatile.Read(ref _first) is not null;

    public void Throw() => _first?.Throw();

    /// <summary>Runs an action of a worker; what it throws is kept for the thread that waits for all of them.</summary>
    public void Guard(Action action)
    {
#pragma warning disable CA1031 // Whatever it is: it is thrown again, with its stack, on the caller's thread.
        try
        {
            action();
        }
        catch (Exception exception)
        {
            Interlocked.CompareExchange(ref _first, ExceptionDispatchInfo.Capture(exception), null);
        }
#pragma warning restore CA1031
    }
}
