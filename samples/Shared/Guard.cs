using ModelTensors;

namespace ModelSdk.Samples;

/// <summary>The outermost frame: whatever goes wrong becomes one message and an exit code.</summary>
internal static class Guard
{
    public static async Task<int> RunAsync(Func<Task> action)
    {
#pragma warning disable CA1031 // Whatever it is becomes one message.
        try
        {
            await action();
            return 0;
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("Interrupted. Nothing half-written was left under a final name.");
            return 130;
        }
        catch (Exception exception)
        {
            Console.Error.WriteLine(exception is ModelDataException or IOException or UnauthorizedAccessException or ArgumentException
                ? exception.Message
                : $"Unexpected error ({exception.GetType().Name}): {exception.Message}");
            return 1;
        }
#pragma warning restore CA1031
    }
}
