namespace ModelTensors.Devices;

/// <summary>An element-wise computation of an output from the inputs of a session.</summary>
public abstract record MapPass
{
    private protected MapPass()
    {
    }
}
