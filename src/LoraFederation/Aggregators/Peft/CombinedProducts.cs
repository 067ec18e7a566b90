using ModelTensors;
using ModelTensors.Adapters;
using ModelTensors.Devices;
using ModelTensors.LowRank;

namespace LoraFederation.Aggregators.Peft;

/// <summary>The combination of products <c>s_k B_k A_k</c>, of which one block of rows is in memory at a time.</summary>
internal sealed class CombinedProducts : RowBlocks
{
    private readonly TensorSession _session;
    private readonly MapPass _pass;
    private HostTensor? _buffer;

    /// <summary>Prepares the combination, which selects what is kept of each product.</summary>
    public CombinedProducts(ModuleContributions module, TaskVectorRule rule, AggregationContext context)
        : base(module.Outputs, module.Inputs)
    {
        // A product has its scaling; what is left of the coefficient is the weight.
        _session = context.Device.Open(
            [.. module.Clients.Select(client => new LoraProductSource(client.Module))], new SessionOptions { CancellationToken = context.CancellationToken });
        try
        {
            _pass = rule.Prepare(
                _session, [.. module.Clients.Select(client => client.Weight)], input => Philox.DeriveKey(context.Seed, module.Path, module.Clients[input].ClientId));
        }
        catch
        {
            _session.Dispose();
            throw;
        }
    }

    public override Matrix Read(int index, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        TensorShape shape = new(RowsOf(index), Columns);
        if (_buffer is null || _buffer.Shape != shape)
        {
            _buffer?.Dispose();
            _buffer = new HostTensor(DataType.F32, shape);
        }

        _session.MapPart(_pass, FirstRow(index) * Columns, _buffer.Sink);
        return Matrix.Of(_buffer);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _session.Dispose();
            _buffer?.Dispose();
        }

        base.Dispose(disposing);
    }
}
