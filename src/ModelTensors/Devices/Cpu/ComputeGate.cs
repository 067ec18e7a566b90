namespace ModelTensors.Devices.Cpu;

/// <summary>Lets so many workers compute at a time, while the others wait for files. Without files there is nothing to wait for and no gate.</summary>
internal sealed class ComputeGate(SemaphoreSlim? slots)
{
    public void Enter() => slots?.Wait();

    public void Leave() => slots?.Release();

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
