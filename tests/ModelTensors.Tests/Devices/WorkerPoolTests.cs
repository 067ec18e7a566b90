using ModelTensors.Devices.Cpu;

namespace ModelTensors.Tests.Devices;

[Category("Kernels")]
public sealed class WorkerPoolTests
{
    [Test]
    [CancelAfter(30_000)]
    public void Run_OnEveryWorker_CallsEachIndexOnce([Values(1, 2, 4)] int workers)
    {
        using WorkerPool pool = new(3);
        int[] calls = new int[workers];
        for (int i = 0; i < 200; i++)
        {
            pool.Run(workers, (worker, _) => Interlocked.Increment(ref calls[worker]));
        }

        Assert.That(calls, Has.All.EqualTo(200));
    }

    [Test]
    [CancelAfter(30_000)]
    public void Run_WhenAWorkerFails_ThrowsItsExceptionAndCanRunAgain([Values(0, 2)] int failing)
    {
        using WorkerPool pool = new(3);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => pool.Run(4, (worker, _) => ThrowIf(worker == failing)),
                Throws.TypeOf<InvalidTimeZoneException>().With.Message.EqualTo("mine"));
            Assert.That(() => pool.Run(1, (_, _) => throw new OperationCanceledException()), Throws.InstanceOf<OperationCanceledException>());
            int calls = 0;
            pool.Run(4, (_, failure) => Interlocked.Add(ref calls, failure.HasFailed ? 100 : 1));
            Assert.That(calls, Is.EqualTo(4));
        }
    }

    [Test]
    public void Dispose_Twice_DoesNothingMore()
    {
        WorkerPool pool = new(3);
        pool.Dispose();
        Assert.That(pool.Dispose, Throws.Nothing);
    }

    private static void ThrowIf(bool fails)
    {
        if (fails)
        {
            throw new InvalidTimeZoneException("mine");
        }
    }
}
