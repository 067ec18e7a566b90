using ModelAggregation.Merging;
using ModelTensors;
using ModelTensors.Checkpoints;
using ModelTensors.Devices;
using ModelTensors.Devices.Cpu;

namespace ModelAggregation.Mixture.Execution;

/// <summary>Copies tensors into a checkpoint, tile by tile.</summary>
internal static class TensorCopies
{
    public static CpuDevice CreateDevice(MixtureOptions options) => new(new CpuDeviceOptions { Threads = options.Threads, WorkingMemory = options.WorkingMemory });

    /// <summary>Writes those tensors that are not complete yet.</summary>
    /// <returns>The number of those that were.</returns>
    /// <exception cref="MergeDataException">Elements are not finite in the output's type.</exception>
    public static int Run(
        IReadOnlyList<OutputTensor> tensors, StagedCheckpoint output, MixtureOptions options, IProgress<MixtureProgress>? progress, CancellationToken cancellationToken)
    {
        using CpuDevice? own = options.Device is null ? CreateDevice(options) : null;
        MixtureMeter meter = new(tensors.Count, tensors.Sum(tensor => tensor.Source.ByteLength), progress);
        SessionOptions session = new() { BytesRead = meter.Add, CancellationToken = cancellationToken };
        int resumed = 0;
        try
        {
            foreach (OutputTensor tensor in tensors)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (output.IsComplete(tensor.Info.Name))
                {
                    resumed++;
                    meter.Skip(tensor.Info.Name, tensor.Source.ByteLength);
                    continue;
                }

                meter.Start(tensor.Info.Name);
                Copy(tensor, output.GetSink(tensor.Info.Name), options.Device ?? own!, session);
                output.Complete(tensor.Info.Name);
                meter.Complete();
            }
        }
        catch (OperationCanceledException)
        {
            // A kill loses what was not journaled yet; somebody who asks politely loses nothing.
            output.Flush();
            throw;
        }

        return resumed;
    }

    private static void Copy(OutputTensor tensor, TensorSink sink, TensorDevice device, SessionOptions options)
    {
        if (tensor.Info.Shape.ElementCount == 0)
        {
            return;
        }

        using TensorSession session = device.Open([tensor.Source], options);
        session.Copy(0, sink);
        if (session.NonFiniteInputs[0] is > 0 and long count)
        {
            throw new MergeDataException(
                MergeDataError.NonFiniteOutput,
                $"{count} elements of tensor '{tensor.Info.Name}' are NaN or infinite as {tensor.Info.DataType.SafetensorsName}. Use sound checkpoints, or a wider 'dtype' such as bfloat16.",
                tensorName: tensor.Info.Name,
                count: count);
        }
    }
}
