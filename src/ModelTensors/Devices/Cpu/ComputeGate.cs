namespace ModelTensors.Devices.Cpu;

/// <summary>Lets so many workers compute at a time, while the others wait for files. Without files there is nothing to wait for and no gate.</summary>
/// <param name="slots">The number of workers that compute at a time, or null for no gate.</param>
/// <remarks>Who waits sleeps at once: the semaphores of .NET spin first, on the very processors that the others compute on.</remarks>
internal sealed class ComputeGate(int? slots)
{
    private readonly object _turn = new();
    private int _free = slots ?? 0;

    public void Enter()
    {
        if (slots is null)
        {
            return;
        }

        lock (_turn)
        {
            while (_free == 0)
            {
                Monitor.Wait(_turn);
            }

            _free--;
        }
    }

    public void Leave()
    {
        if (slots is null)
        {
            return;
        }

        lock (_turn)
        {
            _free++;
            Monitor.Pulse(_turn);
        }
    }

    /// <summary>Runs something that waits for a file, with the compute slot given to another worker meanwhile.</summary>
    public void RunOutside(Action action)
    {
        Leave();
        try
        {
            action();
        }
        finally
        {
            Enter();
        }
    }
}
