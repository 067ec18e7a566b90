using ModelTensors;
using ModelTensors.Adapters;
using ModelTensors.Devices;

namespace LoraFederation;

/// <summary>Looks for NaN and infinity in updates.</summary>
internal static class FiniteCheck
{
    /// <summary>Checks all updates.</summary>
    /// <exception cref="FederationException">Tensors have such numbers; the error lists every one of them.</exception>
    public static void Require(Federation federation, TensorDevice device, CancellationToken cancellationToken)
    {
        List<FederationProblem> problems = [.. federation.Updates.SelectMany(update => Check(update, device, cancellationToken))];
        if (problems.Count > 0)
        {
            throw new FederationException(problems);
        }
    }

    /// <summary>Checks one update.</summary>
    public static IEnumerable<FederationProblem> Check(ClientUpdate update, TensorDevice device, CancellationToken cancellationToken)
    {
        foreach ((string name, TensorSource source) in Tensors(update.Adapter))
        {
            if (source.Shape.ElementCount == 0)
            {
                continue;
            }

            using TensorSession session = device.Open([source], new SessionOptions { CancellationToken = cancellationToken });
            session.Gram([0]);
            if (session.NonFiniteInputs[0] > 0)
            {
                yield return new FederationProblem(
                    FederationError.NonFinite,
                    $"Client '{update.ClientId}': {name} has {session.NonFiniteInputs[0]} numbers that are NaN or infinite, of {source.Shape.ElementCount}.",
                    update.ClientId,
                    name);
            }
        }
    }

    private static IEnumerable<(string Name, TensorSource Source)> Tensors(LoraAdapter adapter)
    {
        foreach (LoraModule module in adapter.Modules)
        {
            yield return ($"A of '{module.Path}'", module.A);
            yield return ($"B of '{module.Path}'", module.B);
            if (module.Bias is { } bias)
            {
                yield return ($"the bias of '{module.Path}'", bias);
            }
        }

        foreach ((string name, TensorSource source) in adapter.WholeTensors)
        {
            yield return ($"'{name}'", source);
        }
    }
}
